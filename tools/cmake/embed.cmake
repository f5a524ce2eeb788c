# Writes files into a C++ source, for programs that must not look for them.
# usage: cmake -DOUT=FILE -DFILES=A;B;C -P embed.cmake
set(types_html "text/html; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_svg "image/svg+xml")

file(WRITE ${OUT}.new "#include \"actors/inspect/console_files.hpp\"

#include <algorithm>

namespace causeway {

namespace {

constexpr console_file files[] = {
")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  if(name STREQUAL "index.html")
    set(name "")
  endif()
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  file(READ ${file} text)
  if(text MATCHES "\\)embed\"")
    message(FATAL_ERROR "${file} ends its own literal")
  endif()
  file(APPEND ${OUT}.new
    "  {\"/${name}\", \"${types_${extension}}\", \"\\\"${hash}\\\"\", R\"embed(")
  file(APPEND ${OUT}.new "${text}")
  file(APPEND ${OUT}.new ")embed\"},\n")
endforeach()
file(APPEND ${OUT}.new "};

} // namespace

const console_file* find_console_file(std::string_view path) {
  auto x = std::find_if(std::begin(files), std::end(files),
    [&](auto& file) { return file.path == path; });
  return x == std::end(files) ? nullptr : x;
}

} // namespace causeway
")
file(RENAME ${OUT}.new ${OUT})
