set(CMAKE_BUILD_TYPE Debug CACHE STRING "build type")
# Lines of a backtrace, and no variables: a sixth less to compile.
set(CMAKE_CXX_FLAGS_DEBUG "-g1" CACHE STRING "flags of debug builds")
set(CAUSEWAY_TEST_HOOKS ON CACHE BOOL "let causewayctl kill actors")
include(${CMAKE_CURRENT_LIST_DIR}/unity.cmake)
