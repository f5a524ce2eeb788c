set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "build type")
set(CAUSEWAY_SANITIZE ON CACHE BOOL "AddressSanitizer and UBSan")
set(CAUSEWAY_TEST_HOOKS ON CACHE BOOL "let causewayctl kill actors")
include(${CMAKE_CURRENT_LIST_DIR}/unity.cmake)
