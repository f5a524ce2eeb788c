#include "actors/service_notifier.hpp"

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace causeway {

namespace {

std::optional<std::uint64_t> number_of(const char* variable) {
  const char* text = std::getenv(variable);
  if (!text)
    return std::nullopt;
  std::uint64_t out = 0;
  auto end = text + std::strlen(text);
  auto [rest, failure] = std::from_chars(text, end, out);
  if (failure != std::errc{} || rest != end)
    return std::nullopt;
  return out;
}

std::chrono::milliseconds watchdog_of_environment() {
  auto micros = number_of("WATCHDOG_USEC");
  auto pid = number_of("WATCHDOG_PID");
  // Meant for another process, such as the one that started us.
  if (!micros || (pid && *pid != static_cast<std::uint64_t>(::getpid())))
    return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::microseconds{*micros});
}

// A status is one line.
std::string line(std::string_view text) {
  std::string out{text.substr(0, text.find('\n'))};
  return out + '\n';
}

std::string micros(std::chrono::microseconds x) {
  return std::to_string(x.count()) + '\n';
}

} // namespace

protocol::result<std::shared_ptr<service_notifier>, std::string>
service_notifier::from_environment() {
  auto out = std::make_shared<service_notifier>();
  const char* variable = std::getenv("NOTIFY_SOCKET");
  if (!variable || !*variable)
    return out;
  std::string path{variable};
  auto fail = [&](int code) {
    return "NOTIFY_SOCKET " + path + ": " + std::strerror(code);
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() > sizeof(address.sun_path))
    return fail(ENAMETOOLONG);
  path.copy(address.sun_path, path.size());
  // Of the abstract namespace, if it begins so.
  if (path[0] == '@')
    address.sun_path[0] = '\0';
  auto size =
    static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  out->socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (out->socket_ < 0)
    return fail(errno);
  auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(out->socket_, generic, size) != 0)
    return fail(errno);
  out->watchdog_ = watchdog_of_environment();
  return out;
}

service_notifier::~service_notifier() {
  if (socket_ >= 0)
    ::close(socket_);
}

void service_notifier::ready(std::string_view status) {
  send("READY=1\nSTATUS=" + line(status));
}

void service_notifier::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  send("RELOADING=1\nMONOTONIC_USEC="
       + micros(std::chrono::seconds{now.tv_sec}
                + std::chrono::microseconds{now.tv_nsec / 1'000}));
}

// Longer than TimeoutStopSec of the unit, if need be.
void service_notifier::stopping(std::chrono::milliseconds longest) {
  send("STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=" + micros(longest));
}

void service_notifier::status(std::string_view text) {
  send("STATUS=" + line(text));
}

void service_notifier::alive() {
  send("WATCHDOG=1\n");
}

// What systemd does not take at once is lost: the next sign of life comes.
void service_notifier::send(const std::string& message) const {
  if (socket_ >= 0)
    (void)::send(
      socket_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace causeway
