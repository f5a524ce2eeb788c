set(CMAKE_BUILD_TYPE Release CACHE STRING "build type")
set(CMAKE_INSTALL_PREFIX /usr CACHE PATH "where the package installs")
set(CAUSEWAY_PACKAGE ON CACHE BOOL "what a Debian package needs")
# What dpkg-buildflags gives. Paths of this machine are none of a package's.
set(CMAKE_POSITION_INDEPENDENT_CODE ON CACHE BOOL "")
set(CMAKE_CXX_FLAGS "-fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffile-prefix-map=${CMAKE_SOURCE_DIR}=." CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS "-pie -Wl,-z,relro -Wl,-z,now" CACHE STRING "")
include(${CMAKE_CURRENT_LIST_DIR}/unity.cmake)
