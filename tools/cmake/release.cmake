set(CMAKE_BUILD_TYPE Release CACHE STRING "build type")
