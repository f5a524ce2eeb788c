#include "tools/ctl/password_prompt.hpp"

#include <cerrno>
#include <csignal>
#include <optional>
#include <string_view>
#include <termios.h>
#include <unistd.h>

namespace causeway::ctl {

namespace {

// One byte over what the server takes: it then says that this is too long.
constexpr std::size_t most_bytes = 1024;

// No echo while it lives. SIGINT then ends the read and not the process, or
// else the terminal would stay mute.
class silent_terminal {
 public:
  silent_terminal() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios now = before_;
    now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    struct sigaction interrupt {};
    interrupt.sa_handler = [](int) {};
    ::sigaction(SIGINT, &interrupt, &before_interrupt_);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &now);
  }
  silent_terminal(const silent_terminal&) = delete;
  silent_terminal& operator=(const silent_terminal&) = delete;
  ~silent_terminal() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    ::sigaction(SIGINT, &before_interrupt_, nullptr);
  }

 private:
  termios before_{};
  struct sigaction before_interrupt_ {};
};

void say(std::string_view text) {
  // The prompt belongs to the terminal, not to the output.
  [[maybe_unused]] auto n = ::write(STDERR_FILENO, text.data(), text.size());
}

// A line without its end; nullopt if interrupted, or at the end of the input.
std::optional<std::string> read_line() {
  std::string out;
  char c = 0;
  while (true) {
    auto n = ::read(STDIN_FILENO, &c, 1);
    if (n < 0 || (n == 0 && out.empty()))
      return std::nullopt;
    if (n == 0 || c == '\n')
      return out;
    if (out.size() < most_bytes)
      out += c;
  }
}

std::optional<std::string> ask(std::string_view prompt) {
  silent_terminal mute;
  say(prompt);
  auto out = read_line();
  say("\n");
  return out;
}

} // namespace

protocol::result<std::string, prompt_error> read_new_password(bool from_stdin) {
  if (from_stdin) {
    auto line = read_line();
    if (!line)
      return prompt_error{"standard input has no password"};
    return {boost::system::in_place_value, *line};
  }
  if (::isatty(STDIN_FILENO) == 0)
    return prompt_error{"standard input is no terminal: use --password-stdin"};
  auto first = ask("New password: ");
  auto second = first ? ask("The same again: ") : std::nullopt;
  if (!first || !second)
    return prompt_error{"no password was entered"};
  if (*first != *second)
    return prompt_error{"the two passwords differ"};
  return {boost::system::in_place_value, *first};
}

} // namespace causeway::ctl
