#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway::protocol {

/// UsernameCaseMapped of RFC 8265 section 3.3, for any UTF-8 text. Returns
/// nullopt if the text is not UTF-8, empty, or not allowed by the profile.
std::optional<std::string> username_case_mapped(std::string_view text);

/// OpaqueString of RFC 8265 section 4.2, likewise: for passwords, which must
/// be prepared before they are stored or compared, and for resources.
std::optional<std::string> opaque_string(std::string_view text);

/// A domain name with U-labels in lower case, IDNA2008 by way of UTS 46
/// (RFC 7622 section 3.2); nullopt if it is not one.
std::optional<std::string> unicode_domain(std::string_view text);

/// The same with A-labels, as DNS, SNI and certificates have it.
std::optional<std::string> ascii_domain(std::string_view text);

} // namespace causeway::protocol
