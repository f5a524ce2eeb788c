#pragma once

#include "actors/transport/resolver.hpp"

#include <chrono>

namespace causeway {

/// How long a question may take: with one name server at most three times
/// `timeout`, since each try waits twice as long as the one before.
struct dns_limits {
  std::chrono::milliseconds timeout{2'000};
  int tries = 2;
};

/// Like `make_resolver`, with other limits.
protocol::result<std::shared_ptr<resolver>, std::string> make_dns_resolver(
  io_threads& threads, const std::vector<std::string>& name_servers,
  const dns_limits& limits);

} // namespace causeway
