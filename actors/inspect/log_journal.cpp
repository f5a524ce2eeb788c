#include "actors/inspect/clean_text.hpp"
#include "actors/inspect/log_output.hpp"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

/// The native protocol of journald: one datagram per event, KEY=value lines
/// (https://systemd.io/JOURNAL_NATIVE_PROTOCOL). An event is far below the size
/// beyond which it would have to be handed over in a file.
namespace causeway {

namespace {

// syslog(3).
char priority(log_level x) {
  switch (x) {
  case log_level::trace:
  case log_level::debug: return '7';
  case log_level::info: return '6';
  case log_level::warn: return '4';
  case log_level::error: return '3';
  }
  return '6';
}

void append_little_endian(std::string& out, std::uint64_t x) {
  for (int i = 0; i < 8; ++i, x >>= 8)
    out += static_cast<char>(x & 0xff);
}

void append_field(
  std::string& out, std::string_view key, std::string_view value) {
  out += key;
  if (value.find('\n') == value.npos) {
    out += '=';
  } else {
    out += '\n';
    append_little_endian(out, value.size());
  }
  out += value;
  out += '\n';
}

// "user_agent" is CAUSEWAY_USER_AGENT; keys are lower case ASCII.
std::string journal_key(std::string_view key) {
  std::string out = "CAUSEWAY_";
  for (char c : key)
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

class journal_output : public log_output {
 public:
  explicit journal_output(int descriptor) : descriptor_{descriptor} {}
  ~journal_output() override { ::close(descriptor_); }

  void write(const log_record& x) override {
    auto datagram = to_journal(x);
    // May wait for the journal: only the writer of the log does.
    while (
      ::send(descriptor_, datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0)
      if (errno != EINTR)
        throw std::system_error{errno, std::generic_category(), "journal"};
  }

  void flush() override {
    // A datagram is with the journal once it is sent.
  }

 private:
  int descriptor_;
};

} // namespace

std::string to_journal(const log_record& x) {
  // The journal has the time and the level already.
  std::string message{x.event};
  auto text = to_text(x);
  if (auto at = text.find(' ' + x.event); at != text.npos)
    message = text.substr(at + 1);
  std::string out;
  append_field(out, "MESSAGE", message);
  append_field(out, "PRIORITY", std::string(1, priority(x.level)));
  append_field(out, "SYSLOG_IDENTIFIER", "causewayd");
  append_field(out, "CAUSEWAY_COMPONENT", to_string(x.component));
  append_field(out, "CAUSEWAY_EVENT", x.event);
  for (auto& [key, value] : x.fields)
    append_field(out, journal_key(key), clean_text(value));
  return out;
}

protocol::result<std::unique_ptr<log_output>, std::string> open_journal(
  const std::string& path) {
  auto fail = [&](int code) {
    return "the journal at " + path + ": " + std::strerror(code);
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return fail(ENAMETOOLONG);
  path.copy(address.sun_path, path.size());
  auto descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0)
    return fail(errno);
  auto output = std::make_unique<journal_output>(descriptor);
  auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(descriptor, generic, sizeof(address)) != 0)
    return fail(errno);
  return std::unique_ptr<log_output>{std::move(output)};
}

// "DEVICE:INODE", see systemd.exec(5).
bool stderr_is_journal() {
  const char* name = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  if (!name || ::fstat(STDERR_FILENO, &file) != 0)
    return false;
  return name
         == std::to_string(file.st_dev) + ':' + std::to_string(file.st_ino);
}

} // namespace causeway
