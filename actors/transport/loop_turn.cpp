#include "actors/transport/loop_turn.hpp"

#include "actors/transport/guarded_call.hpp"

#include <cstddef>
#include <utility>

namespace causeway {

namespace net = boost::asio;

net::execution_context::id loop_turn::id;

loop_turn::loop_turn(net::io_context& loop)
  : net::execution_context::service{loop} {}

bool loop_turn::add(std::shared_ptr<turn_task> x) {
  if (is_under_way_)
    tasks_.push_back(std::move(x));
  return is_under_way_;
}

// Those that are added meanwhile have their turn, too.
void loop_turn::end() {
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    auto task = std::move(tasks_[i]);
    call_guarded([&] { task->take_turn(); });
  }
  tasks_.clear();
  is_under_way_ = false;
}

void loop_turn::shutdown() {
  tasks_.clear();
}

} // namespace causeway
