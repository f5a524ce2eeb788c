#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Syntax of the texts in the configuration. Each check returns what is wrong.
namespace causeway::config {

/// SASL mechanisms that this version offers, best first.
constexpr std::string_view known_mechanisms[] = {
  "SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "ANONYMOUS"};

/// Node names stand in session ids and log lines: letters, digits, `.`, `_`
/// and `-`, at most 64.
std::optional<std::string> check_node_name(std::string_view name);

/// Path of the endpoint: begins and ends with `/`.
std::optional<std::string> check_path(std::string_view path);

/// "same-host", "*", or an origin as browsers write it (RFC 6454 section
/// 6.2): lower case, no path, no port that the scheme implies.
std::optional<std::string> check_origin(std::string_view origin);

/// Domain part of a JID (RFC 7622 section 3.2), lower case; a simple check
/// that leaves IDNA to the JID code.
std::optional<std::string> check_domain(std::string_view domain);

/// "NAME" as DNS has it: ASCII, lower case, without a last dot.
std::optional<std::string> check_host_name(std::string_view name);

/// "sha256/" and the base64 of 32 bytes.
std::optional<std::string> check_pin(std::string_view pin);

/// A name in `known_mechanisms`.
std::optional<std::string> check_mechanism(std::string_view mechanism);

} // namespace causeway::config
