/// RFC 6120 section 7: resource binding.
#include "protocol/bind.hpp"

#include "protocol/namespaces.hpp"

namespace causeway::protocol {

std::optional<bind_wish> parse_bind(const element& x) {
  auto* type = x.find("type");
  auto* id = x.find("id");
  auto* bind = x.child("bind", ns::bind);
  if (x.name != "iq" || !type || *type != "set" || !id || !bind)
    return std::nullopt;
  bind_wish wish{*id, {}};
  if (auto* resource = bind->child("resource", ns::bind))
    wish.resource = resource->text;
  return wish;
}

std::string bind_result(std::string_view id, std::string_view full_jid) {
  element iq{"iq", ns::client};
  iq.set("type", "result").set("id", id);
  element bind{"bind", ns::bind};
  bind.add(element{"jid", ns::bind}.with_text(full_jid));
  iq.add(std::move(bind));
  return to_xml(iq);
}

} // namespace causeway::protocol
