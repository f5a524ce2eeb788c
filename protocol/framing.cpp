/// RFC 7395 sections 3.3 and 3.4.
#include "protocol/framing.hpp"

#include "protocol/element.hpp"
#include "protocol/namespaces.hpp"

namespace causeway::protocol {

std::string open_element(const stream_header& x) {
  std::string out = "<open xmlns='";
  out += ns::framing;
  auto add = [&out](std::string_view name, std::string_view value) {
    out += "' ";
    out += name;
    out += "='";
    append_escaped(out, value);
  };
  add("from", x.from);
  if (!x.to.empty())
    add("to", x.to);
  add("id", x.id);
  add("xml:lang", x.lang);
  add("version", "1.0");
  out += "'/>";
  return out;
}

} // namespace causeway::protocol
