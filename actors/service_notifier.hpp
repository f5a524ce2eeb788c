#pragma once

#include "protocol/result.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace causeway {

/// Tells systemd how the service is: sd_notify(3) and sd_watchdog_enabled(3) in
/// plain. Where nobody asked for that (no NOTIFY_SOCKET), nothing happens. May
/// be called from any thread; never waits.
class service_notifier {
 public:
  /// Of NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. The error is a sentence
  /// for the operator.
  static protocol::result<std::shared_ptr<service_notifier>, std::string>
  from_environment();

  /// Tells nobody.
  service_notifier() = default;
  service_notifier(const service_notifier&) = delete;
  service_notifier& operator=(const service_notifier&) = delete;
  ~service_notifier();

  /// Started, or reloaded; `status` is one line for `systemctl status`.
  void ready(std::string_view status);
  void reloading();
  /// The end has begun and may take so long.
  void stopping(std::chrono::milliseconds longest);
  void status(std::string_view text);
  /// A sign of life for the watchdog.
  void alive();

  /// How long it waits for such a sign; 0: there is none.
  std::chrono::milliseconds watchdog() const { return watchdog_; }

 private:
  void send(const std::string& message) const;

  int socket_ = -1;
  std::chrono::milliseconds watchdog_{0};
};

} // namespace causeway
