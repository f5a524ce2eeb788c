#pragma once

#include <string>
#include <string_view>

namespace causeway {

/// The text as it may stand between the quotes of JSON and before a terminal:
/// what is not UTF-8 becomes U+FFFD, the control characters U+0080 to U+009F
/// become escapes. ASCII stays as it is.
std::string clean_text(std::string_view text);

} // namespace causeway
