#define CAF_SUITE service_notifier

#include "actors/service_notifier.hpp"

#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

// A service manager that listens; its address is in the environment.
class manager {
 public:
  explicit manager(std::string name)
    : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (name[0] == '@')
      address.sun_path[0] = '\0';
    auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    CAF_REQUIRE_EQUAL(
      ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  manager(const manager&) = delete;
  manager& operator=(const manager&) = delete;
  ~manager() {
    ::close(socket_);
    for (auto x : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
      ::unsetenv(x);
  }

  // What came; empty if nothing did.
  std::string next() const {
    std::string out(4096, '\0');
    auto n = ::recv(socket_, out.data(), out.size(), 0);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
  }

 private:
  int socket_;
};

std::shared_ptr<service_notifier> open() {
  auto x = service_notifier::from_environment();
  CAF_REQUIRE(x);
  return *x;
}

} // namespace

CAF_TEST(each turn of the life is told in the words of systemd) {
  test::temporary_folder folder;
  manager systemd{folder.path() + "/notify"};
  auto x = open();
  x->ready("all is\nwell");
  CAF_CHECK_EQUAL(systemd.next(), "READY=1\nSTATUS=all is\n");
  x->status("7 sessions");
  CAF_CHECK_EQUAL(systemd.next(), "STATUS=7 sessions\n");
  x->alive();
  CAF_CHECK_EQUAL(systemd.next(), "WATCHDOG=1\n");
  x->reloading();
  auto reload = systemd.next();
  std::string begin = "RELOADING=1\nMONOTONIC_USEC=";
  CAF_CHECK_EQUAL(reload.substr(0, begin.size()), begin);
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  auto told = std::stoull(reload.substr(begin.size())) / 1'000'000;
  CAF_CHECK_LESS(static_cast<std::uint64_t>(now.tv_sec) - told, 2u);
  x->stopping(16s);
  CAF_CHECK_EQUAL(systemd.next(),
    "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=16000000\n");
  CAF_CHECK_EQUAL(systemd.next(), "");
}

CAF_TEST(the socket may be of the abstract namespace) {
  manager systemd{"@causeway-test-" + std::to_string(::getpid())};
  open()->alive();
  CAF_CHECK_EQUAL(systemd.next(), "WATCHDOG=1\n");
}

CAF_TEST(the watchdog counts for the process that it names) {
  test::temporary_folder folder;
  manager systemd{folder.path() + "/notify"};
  CAF_CHECK(open()->watchdog() == 0ms);
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  CAF_CHECK(open()->watchdog() == 30s);
  ::setenv("WATCHDOG_PID", "1", 1);
  CAF_CHECK(open()->watchdog() == 0ms);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  CAF_CHECK(open()->watchdog() == 30s);
  ::setenv("WATCHDOG_USEC", "soon", 1);
  CAF_CHECK(open()->watchdog() == 0ms);
}

CAF_TEST(without a service manager nothing is said and nothing fails) {
  ::unsetenv("NOTIFY_SOCKET");
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  auto x = open();
  CAF_CHECK(x->watchdog() == 0ms);
  x->ready("well");
  x->alive();
  ::unsetenv("WATCHDOG_USEC");
}

CAF_TEST(a socket that is not there is an error that names it) {
  ::setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
  auto x = service_notifier::from_environment();
  ::unsetenv("NOTIFY_SOCKET");
  CAF_REQUIRE(!x);
  CAF_CHECK_NOT_EQUAL(x.error().find("/nonexistent/notify"), std::string::npos);
}

CAF_TEST(a full queue of the manager holds up nobody) {
  test::temporary_folder folder;
  manager systemd{folder.path() + "/notify"};
  auto x = open();
  for (int i = 0; i < 10'000; ++i)
    x->alive();
  CAF_CHECK_EQUAL(systemd.next(), "WATCHDOG=1\n");
}
