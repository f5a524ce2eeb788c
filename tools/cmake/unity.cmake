# Sources of a folder are compiled eight at a time: reading headers is most of
# what a build does.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "compile sources in batches")
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8 CACHE STRING "sources of a batch")
