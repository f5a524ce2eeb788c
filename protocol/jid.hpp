#pragma once

#include "protocol/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// Why a text is no XMPP address (RFC 7622).
enum class jid_error : std::uint8_t {
  /// The domain part is missing or no valid domain name or IP address.
  bad_domain,
  /// The local part is empty or has a character that is not allowed.
  bad_local,
  /// The resource part is empty or has a character that is not allowed.
  bad_resource,
  /// A part has more than 1023 bytes.
  too_long,
};

/// Name of the error for logs.
std::string_view to_string(jid_error x);

/// An XMPP address, RFC 7622: normalised when made, compared byte for byte.
class jid {
 public:
  jid() = default;

  /// Parses and normalises `[local@]domain[/resource]`.
  static result<jid, jid_error> parse(std::string_view text);

  /// Puts one together from parts; an empty part is absent.
  static result<jid, jid_error> make(std::string_view local,
    std::string_view domain, std::string_view resource = {});

  const std::string& local() const { return local_; }
  const std::string& domain() const { return domain_; }
  const std::string& resource() const { return resource_; }
  bool is_bare() const { return resource_.empty(); }
  bool empty() const { return domain_.empty(); }

  /// The same address without the resource.
  jid bare() const;
  /// The same address with an already normalised resource.
  jid with_resource(std::string resource) const;

  bool operator==(const jid&) const = default;

 private:
  std::string local_;
  std::string domain_;
  std::string resource_;
};

/// `local@domain/resource`, absent parts left out.
std::string to_string(const jid& x);

/// What comes before the resource of an address as text.
inline std::string bare_of(const std::string& full) {
  return full.substr(0, full.find('/'));
}

/// Normalises a local part (UsernameCaseMapped of RFC 8265, and the extra
/// exclusions of RFC 7622 section 3.3.1).
result<std::string, jid_error> normalize_local(std::string_view text);
/// Normalises a domain part (RFC 7622 section 3.2, IDNA2008).
result<std::string, jid_error> normalize_domain(std::string_view text);
/// Normalises a resource part (OpaqueString of RFC 8265).
result<std::string, jid_error> normalize_resource(std::string_view text);

} // namespace causeway::protocol
