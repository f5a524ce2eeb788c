#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A second opinion on XML: expat, with namespaces.
namespace causeway::test {

/// Whether `document` is well-formed and obeys the namespace rules.
bool is_well_formed(std::string_view document);

/// Whether `text` is UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

/// Whether expat stops at a character beyond ASCII that it does not allow
/// there: it has the names of XML 1.0 fourth edition, Xerces of the fifth.
bool has_newer_name(std::string_view document);

/// A document as text that does not depend on prefixes, quotes, white space
/// in tags or the order of attributes; nothing if it is not well-formed.
/// Attributes of the root named in `ignored` ("name" or "ns\fname") are left
/// out.
std::optional<std::string> canonical(
  std::string_view document, const std::vector<std::string>& ignored = {});

/// The bytes of each element directly below the root; nothing if the document
/// is not well-formed.
std::optional<std::vector<std::string>> first_level_elements(
  std::string_view document);

} // namespace causeway::test
