/// RFC 6120 section 4.9; RFC 7395 section 3.5.
#include "protocol/stream_error.hpp"

#include "protocol/element.hpp"
#include "protocol/namespaces.hpp"

namespace causeway::protocol {

std::string_view to_string(stream_error x) {
  switch (x) {
  case stream_error::bad_format: return "bad-format";
  case stream_error::bad_namespace_prefix: return "bad-namespace-prefix";
  case stream_error::conflict: return "conflict";
  case stream_error::connection_timeout: return "connection-timeout";
  case stream_error::host_gone: return "host-gone";
  case stream_error::host_unknown: return "host-unknown";
  case stream_error::improper_addressing: return "improper-addressing";
  case stream_error::internal_server_error: return "internal-server-error";
  case stream_error::invalid_from: return "invalid-from";
  case stream_error::invalid_namespace: return "invalid-namespace";
  case stream_error::invalid_xml: return "invalid-xml";
  case stream_error::not_authorized: return "not-authorized";
  case stream_error::not_well_formed: return "not-well-formed";
  case stream_error::policy_violation: return "policy-violation";
  case stream_error::remote_connection_failed:
    return "remote-connection-failed";
  case stream_error::reset: return "reset";
  case stream_error::resource_constraint: return "resource-constraint";
  case stream_error::restricted_xml: return "restricted-xml";
  case stream_error::see_other_host: return "see-other-host";
  case stream_error::system_shutdown: return "system-shutdown";
  case stream_error::undefined_condition: return "undefined-condition";
  case stream_error::unsupported_encoding: return "unsupported-encoding";
  case stream_error::unsupported_feature: return "unsupported-feature";
  case stream_error::unsupported_stanza_type: return "unsupported-stanza-type";
  case stream_error::unsupported_version: return "unsupported-version";
  }
  return {};
}

std::string to_xml(
  stream_error x, std::string_view text, std::string_view application) {
  std::string out = "<stream:error xmlns:stream='";
  out += ns::streams;
  out += "'><";
  out += to_string(x);
  out += " xmlns='";
  out += ns::stream_errors;
  out += "'/>";
  if (!text.empty()) {
    out += "<text xmlns='";
    out += ns::stream_errors;
    out += "' xml:lang='en'>";
    append_escaped(out, text);
    out += "</text>";
  }
  out += application;
  out += "</stream:error>";
  return out;
}

} // namespace causeway::protocol
