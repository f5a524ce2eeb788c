#pragma once

#include "protocol/result.hpp"

#include <string>

namespace causeway::ctl {

/// Why there is no password: a sentence for the operator.
struct prompt_error {
  std::string text;
};

/// Asks for a new password twice on the terminal, without echo; or, with
/// `from_stdin`, takes the first line of standard input.
protocol::result<std::string, prompt_error> read_new_password(bool from_stdin);

} // namespace causeway::ctl
