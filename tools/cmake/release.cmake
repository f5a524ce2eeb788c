set(CMAKE_BUILD_TYPE Release CACHE STRING "build type")
include(${CMAKE_CURRENT_LIST_DIR}/unity.cmake)
