/// RFC 7395 sections 3.3 and 3.4.
#include "protocol/framing.hpp"

#include "protocol/element.hpp"
#include "protocol/namespaces.hpp"

namespace causeway::protocol {

std::string open_element(const stream_header& x) {
  std::string out = "<open";
  append_attribute(out, "xmlns", ns::framing);
  append_attribute(out, "from", x.from);
  if (!x.to.empty())
    append_attribute(out, "to", x.to);
  append_attribute(out, "id", x.id);
  append_attribute(out, "xml:lang", x.lang);
  append_attribute(out, "version", "1.0");
  out += "/>";
  return out;
}

} // namespace causeway::protocol
