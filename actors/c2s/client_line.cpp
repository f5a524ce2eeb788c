#include "actors/c2s/client_line.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace causeway {

client_line::client_line(transport_ptr socket,
  stream_environment_ptr environment, std::uint64_t session)
  : socket_{std::move(socket)},
    environment_{std::move(environment)}, session_{session} {}

void client_line::show(wire_way way, std::string_view text) {
  probe_.saw(*environment_->traces, way, text, [this] {
    return std::pair{session_, std::string_view{socket_->peer().address}};
  });
}

// -- from the client ----------------------------------------------------------

void client_line::forget_parsed() {
  auto first = std::find_if(unparsed_.begin(), unparsed_.end(),
    [](auto& x) { return x->phase != frame_phase::parsed; });
  unparsed_.erase(unparsed_.begin(), first);
}

void client_line::take(frame_ptr x) {
  std::lock_guard guard{mutex_};
  if (!socket_)
    return;
  show(wire_way::from_client, x->text);
  forget_parsed();
  unparsed_.push_back(x);
  if (!is_paused_)
    caf::anon_send(parser_, frame_in{std::move(x)});
}

void client_line::pause(pause_messages x) {
  std::lock_guard guard{mutex_};
  is_paused_ = true;
  caf::anon_send(parser_, drain_marker{x.pause});
}

bool client_line::use_parser(parser_actor x) {
  std::lock_guard guard{mutex_};
  parser_ = std::move(x);
  forget_parsed();
  is_paused_ =
    !unparsed_.empty() && unparsed_.front()->phase == frame_phase::taken;
  if (is_paused_)
    return false;
  for (auto& message : unparsed_)
    caf::anon_send(parser_, frame_in{message});
  return true;
}

// -- to the client ------------------------------------------------------------

bool client_line::write(outgoing_message x, bool is_again) {
  std::lock_guard guard{mutex_};
  if (has_ended_ || !socket_)
    return true;
  show(wire_way::to_client, x.text);
  auto queued = socket_->send(std::move(x));
  resent_ = is_again ? std::max(resent_, queued) : std::min(resent_, queued);
  has_ended_ = queued > environment_->websocket.max_write_queue + resent_;
  return !has_ended_;
}

bool client_line::end(std::vector<std::string> farewell) {
  std::lock_guard guard{mutex_};
  if (std::exchange(has_ended_, true) || !socket_)
    return false;
  for (auto& text : farewell) {
    show(wire_way::to_client, text);
    socket_->send(make_outgoing(std::move(text)));
  }
  return true;
}

bool client_line::has_ended() const {
  std::lock_guard guard{mutex_};
  return has_ended_;
}

// Before the client hears of its login: it may send at once.
void client_line::raise_limit() {
  std::lock_guard guard{mutex_};
  is_raised_ = true;
  if (socket_)
    socket_->limit_message(environment_->websocket.max_message);
}

// -- from the connection ------------------------------------------------------

void client_line::apply(stream_environment_ptr x) {
  std::lock_guard guard{mutex_};
  auto before = std::exchange(environment_, std::move(x));
  auto& now = environment_->websocket;
  if (!socket_)
    return;
  if (is_raised_ && before->websocket.max_message != now.max_message)
    socket_->limit_message(now.max_message);
  // What waits was within the limit of its time.
  if (now.max_write_queue < before->websocket.max_write_queue)
    resent_ = std::max(resent_, socket_->queued_bytes());
}

void client_line::belong_to(std::uint64_t session) {
  std::lock_guard guard{mutex_};
  session_ = session;
  probe_.renew();
}

void client_line::forget_socket() {
  transport_ptr last;
  std::lock_guard guard{mutex_};
  last.swap(socket_);
  unparsed_.clear();
  parser_ = parser_actor{};
}

std::optional<transport_counters> client_line::counters() const {
  std::lock_guard guard{mutex_};
  return socket_ ? std::optional{socket_->counters()} : std::nullopt;
}

std::size_t client_line::queued_bytes() const {
  std::lock_guard guard{mutex_};
  return socket_ ? socket_->queued_bytes() : 0;
}

} // namespace causeway
