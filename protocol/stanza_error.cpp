/// RFC 6120 section 8.3.
#include "protocol/stanza_error.hpp"

#include "protocol/element.hpp"
#include "protocol/namespaces.hpp"

namespace causeway::protocol {

namespace {

void add(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty())
    append_attribute(out, name, value);
}

std::string_view name_of(element_kind x) {
  switch (x) {
  case element_kind::message: return "message";
  case element_kind::presence: return "presence";
  case element_kind::iq: return "iq";
  case element_kind::nonza: break;
  }
  return {};
}

// RFC 6120 section 8.3.1: an error answers neither an error nor a result.
bool may_be_answered(const stream_element& x) {
  return x.is_stanza() && x.type != "error"
         && (x.kind != element_kind::iq || x.type != "result");
}

} // namespace

std::string_view to_string(stanza_error x) {
  switch (x) {
  case stanza_error::bad_request: return "bad-request";
  case stanza_error::conflict: return "conflict";
  case stanza_error::feature_not_implemented: return "feature-not-implemented";
  case stanza_error::forbidden: return "forbidden";
  case stanza_error::gone: return "gone";
  case stanza_error::internal_server_error: return "internal-server-error";
  case stanza_error::item_not_found: return "item-not-found";
  case stanza_error::jid_malformed: return "jid-malformed";
  case stanza_error::not_acceptable: return "not-acceptable";
  case stanza_error::not_allowed: return "not-allowed";
  case stanza_error::not_authorized: return "not-authorized";
  case stanza_error::policy_violation: return "policy-violation";
  case stanza_error::recipient_unavailable: return "recipient-unavailable";
  case stanza_error::redirect: return "redirect";
  case stanza_error::registration_required: return "registration-required";
  case stanza_error::remote_server_not_found: return "remote-server-not-found";
  case stanza_error::remote_server_timeout: return "remote-server-timeout";
  case stanza_error::resource_constraint: return "resource-constraint";
  case stanza_error::service_unavailable: return "service-unavailable";
  case stanza_error::subscription_required: return "subscription-required";
  case stanza_error::undefined_condition: return "undefined-condition";
  case stanza_error::unexpected_request: return "unexpected-request";
  }
  return {};
}

std::string_view error_type(stanza_error x) {
  switch (x) {
  case stanza_error::forbidden:
  case stanza_error::not_authorized:
  case stanza_error::registration_required:
  case stanza_error::subscription_required: return "auth";
  case stanza_error::conflict:
  case stanza_error::feature_not_implemented:
  case stanza_error::gone:
  case stanza_error::internal_server_error:
  case stanza_error::item_not_found:
  case stanza_error::not_allowed:
  case stanza_error::remote_server_not_found:
  case stanza_error::service_unavailable: return "cancel";
  case stanza_error::bad_request:
  case stanza_error::jid_malformed:
  case stanza_error::not_acceptable:
  case stanza_error::policy_violation:
  case stanza_error::redirect:
  case stanza_error::undefined_condition: return "modify";
  case stanza_error::recipient_unavailable:
  case stanza_error::remote_server_timeout:
  case stanza_error::resource_constraint:
  case stanza_error::unexpected_request: return "wait";
  }
  return {};
}

std::string error_child(stanza_error x, std::string_view text) {
  std::string out = "<error type='";
  out += error_type(x);
  out += "'><";
  out += to_string(x);
  out += " xmlns='";
  out += ns::stanza_errors;
  out += "'/>";
  if (!text.empty()) {
    out += "<text xmlns='";
    out += ns::stanza_errors;
    out += "' xml:lang='en'>";
    append_escaped(out, text);
    out += "</text>";
  }
  out += "</error>";
  return out;
}

std::string error_reply(const stream_element& x, stanza_error condition,
  std::string_view from, std::string_view text) {
  if (!may_be_answered(x))
    return {};
  std::string out{'<'};
  out += name_of(x.kind);
  add(out, "xmlns", ns::client);
  add(out, "type", "error");
  add(out, "id", x.id);
  add(out, "from", x.to.empty() ? from : std::string_view{x.to});
  add(out, "to", x.from);
  out += '>';
  out += error_child(condition, text);
  out += "</";
  out += name_of(x.kind);
  out += '>';
  return out;
}

} // namespace causeway::protocol
