set(CMAKE_BUILD_TYPE Debug CACHE STRING "build type")
set(CAUSEWAY_TEST_HOOKS ON CACHE BOOL "let causewayctl kill actors")
