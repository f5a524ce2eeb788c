#pragma once

#include <string>
#include <string_view>

/// What operators may see of what passes over the wire.
namespace causeway {

/// The beginning of an id that nobody else should know: "k3j9...(48)".
std::string redact_id(std::string_view id);

/// One element fit to be shown: what logs somebody in is left out, and so are
/// all texts of stanzas unless `bodies` is set; `[N bytes]` stands in their
/// place. What cannot be read is not shown, but for the header of a stream.
std::string redact_xml(std::string_view xml, bool bodies);

} // namespace causeway
