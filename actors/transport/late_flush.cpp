#include "actors/transport/late_flush.hpp"

#include "actors/transport/guarded_call.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <utility>

namespace causeway {

namespace net = boost::asio;

net::execution_context::id late_flush::id;

late_flush::late_flush(net::io_context& loop)
  : net::execution_context::service{loop}, timer_{loop} {}

void late_flush::add(std::weak_ptr<late_flusher> x) {
  waiting_.push_back({clock::now() + patience, std::move(x)});
  if (!is_armed_)
    arm(waiting_.front().due);
}

void late_flush::shutdown() {
  waiting_.clear();
}

void late_flush::arm(clock::time_point time) {
  timer_.expires_at(time);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error)
      call_due();
  });
  is_armed_ = true;
}

void late_flush::call_due() {
  is_armed_ = false;
  auto now = clock::now();
  auto most = std::min(waiting_.size(), most_at_once);
  std::size_t due = 0;
  while (due < most && waiting_[due].due <= now)
    ++due;
  // Before anybody is called: this needs memory.
  if (due < waiting_.size())
    arm(due == most_at_once ? now : std::max(waiting_[due].due, now + grain));
  for (; due > 0; --due) {
    auto who = waiting_.front().who.lock();
    waiting_.pop_front();
    if (who)
      call_guarded([&] { who->flush_late(); });
  }
}

} // namespace causeway
