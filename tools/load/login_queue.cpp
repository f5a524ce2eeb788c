/// The pace of logins.
#include "tools/load/login_queue.hpp"

namespace causeway::load {

void login_queue::add(std::uint32_t client, clock::time_point when) {
  waiting_.push_back({client, when});
}

void login_queue::run() {
  auto now = clock::now();
  while (!waiting_.empty() && under_way_ < options_.login_parallel
         && waiting_.front().when <= now && next_start_ <= now) {
    if (options_.login_rate > 0) {
      std::chrono::duration<double> step{1 / options_.login_rate};
      if (next_start_ == clock::time_point{})
        next_start_ = now;
      next_start_ += std::chrono::duration_cast<clock::duration>(step);
    }
    auto client = waiting_.front().client;
    waiting_.pop_front();
    ++under_way_;
    clients_[client]->connect();
  }
}

void login_queue::succeeded(const xmpp_client& x) {
  --under_way_;
  durations_.add(clock::now() - x.connected_at());
}

} // namespace causeway::load
