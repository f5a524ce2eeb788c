/// XEP-0030, XEP-0092, XEP-0160, XEP-0199; RFC 3921 section 3; RFC 6120
/// section 10.3.3.
#include "protocol/server_replies.hpp"

#include "protocol/element_builder.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

namespace causeway::protocol {

namespace {

std::string_view own_bare(const stream_element& x) {
  std::string_view from = x.from;
  return from.substr(0, from.find('/'));
}

element_ptr result_with(const stream_element& x, element payload) {
  element iq{"iq", ns::client};
  iq.set("type", "result").set("id", x.id).set("to", x.from);
  iq.set("from", x.to.empty() ? own_bare(x) : x.to);
  if (!payload.name.empty())
    iq.add(std::move(payload));
  return make_stanza(iq);
}

element disco_info(addressee to) {
  element query{"query", ns::disco_info};
  element identity{"identity", ns::disco_info};
  auto is_domain = to == addressee::domain;
  if (is_domain)
    identity.set("category", "server")
      .set("type", "im")
      .set("name", "Causeway");
  else
    identity.set("category", "account").set("type", "registered");
  query.add(std::move(identity));
  auto add = [&query](std::initializer_list<std::string_view> features) {
    for (auto feature : features)
      query.add(element{"feature", ns::disco_info}.set("var", feature));
  };
  add({ns::disco_info, ns::disco_items, ns::ping});
  if (is_domain)
    add({ns::version, "msgoffline"});
  return query;
}

element software_version(std::string_view version) {
  element query{"query", ns::version};
  query.add(element{"name", ns::version}.with_text("Causeway"));
  query.add(element{"version", ns::version}.with_text(version));
  return query;
}

/// XEP-0030 section 3.2: no node of ours has a name.
bool asks_for_node(const stream_element& x) {
  auto tree = parse_tree(x.bytes);
  return tree && !tree->children.empty() && tree->children.front().find("node");
}

} // namespace

element_ptr make_stanza(const element& x) {
  auto out = std::make_shared<stream_element>();
  auto get = [&x](std::string_view name) {
    auto* value = x.find(name);
    return value ? *value : std::string{};
  };
  out->kind = kind_of(x.ns, x.name);
  out->bytes = to_xml(x);
  out->name = x.name;
  out->ns = x.ns;
  out->to = get("to");
  out->from = get("from");
  out->id = get("id");
  out->type = get("type");
  out->lang = get("xml:lang");
  if (!x.children.empty()) {
    out->child_name = x.children.front().name;
    out->child_ns = x.children.front().ns;
  }
  out->name_end = static_cast<std::uint32_t>(1 + x.name.size());
  out->children = static_cast<std::uint32_t>(x.children.size());
  out->has_default_ns = true;
  return out;
}

element_ptr make_error_reply(
  const stream_element& x, stanza_error condition, std::string_view from) {
  auto bytes = error_reply(x, condition, from);
  if (bytes.empty())
    return nullptr;
  auto out = std::make_shared<stream_element>();
  out->kind = x.kind;
  out->bytes = std::move(bytes);
  out->name = x.name;
  out->ns = ns::client;
  out->to = x.from;
  out->from = x.to.empty() ? std::string{from} : x.to;
  out->id = x.id;
  out->type = "error";
  out->child_name = "error";
  out->child_ns = ns::client;
  out->name_end = static_cast<std::uint32_t>(1 + x.name.size());
  out->children = 1;
  out->has_default_ns = true;
  return out;
}

element_ptr answer_iq(
  const stream_element& x, addressee to, std::string_view version) {
  auto is_get = x.type == "get";
  if (!is_get && x.type != "set")
    return nullptr;
  auto refuse = [&x](stanza_error condition) {
    return make_error_reply(x, condition, own_bare(x));
  };
  auto asks = [&x](std::string_view name, std::string_view ns) {
    return x.child_name == name && x.child_ns == ns;
  };
  if (to == addressee::other_account)
    return refuse(stanza_error::service_unavailable);
  if (is_get && asks("ping", ns::ping))
    return result_with(x, {});
  if (!is_get && asks("session", ns::session))
    return result_with(x, {});
  if (is_get && asks("query", ns::disco_info))
    return asks_for_node(x) ? refuse(stanza_error::item_not_found)
                            : result_with(x, disco_info(to));
  if (is_get && asks("query", ns::disco_items))
    return asks_for_node(x) ? refuse(stanza_error::item_not_found)
                            : result_with(x, {"query", ns::disco_items});
  if (is_get && to == addressee::domain && asks("query", ns::version))
    return result_with(x, software_version(version));
  return refuse(stanza_error::service_unavailable);
}

} // namespace causeway::protocol
