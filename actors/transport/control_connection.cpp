#include "actors/transport/control_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <caf/send.hpp>

#include <atomic>
#include <sys/socket.h>
#include <utility>

namespace causeway {

namespace {

namespace net = boost::asio;
using boost::system::error_code;

constexpr std::size_t most_line_bytes = 65'536;
constexpr std::chrono::seconds idle_timeout{60};
constexpr std::chrono::seconds answer_timeout{10};
constexpr std::chrono::seconds write_timeout{30};
/// How long the first line of a trace waits for others.
constexpr std::chrono::milliseconds gather_time{50};

// Our own texts need no escapes.
std::string error_line(std::string_view text) {
  std::string out{R"({"error":")"};
  out += text;
  out += R"("})";
  return out;
}

// Who is at the other end, as the kernel has it.
std::string peer_of(control_stream& stream) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(
        stream.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size)
      != 0)
    return "socket";
  return "socket uid=" + std::to_string(peer.uid)
         + " pid=" + std::to_string(peer.pid);
}

// The one answer to one question. An admin that ends drops the last copy
// unanswered, which is an answer as well.
class pending_answer {
 public:
  pending_answer(std::shared_ptr<control_connection> to, std::uint64_t number)
    : to_{std::move(to)}, number_{number} {}
  pending_answer(const pending_answer&) = delete;
  pending_answer& operator=(const pending_answer&) = delete;
  ~pending_answer() {
    settle(error_line("the admin actor ended before it answered; try again"));
  }

  void settle(std::string json) {
    if (!settled_.exchange(true))
      to_->post_answer(number_, std::move(json));
  }

  void settle(std::shared_ptr<line_feed> lines) {
    if (!settled_.exchange(true))
      to_->post_stream(number_, std::move(lines));
  }

 private:
  std::shared_ptr<control_connection> to_;
  std::uint64_t number_;
  std::atomic<bool> settled_{false};
};

} // namespace

control_connection::control_connection(
  control_stream stream, std::shared_ptr<handle_cell<admin_actor>> admin)
  : stream_{std::move(stream)}, timer_{stream_.get_executor()}, admin_{
                                                                  std::move(
                                                                    admin)} {}

void control_connection::start() {
  read();
}

void control_connection::refuse(std::string_view reason) {
  write(error_line(reason), true);
}

void control_connection::close() {
  error_code ignored;
  stream_.close(ignored);
  timer_.cancel();
  if (lines_)
    std::exchange(lines_, nullptr)->stop();
}

template <class F>
void control_connection::arm(std::chrono::milliseconds after, F f) {
  timer_.expires_after(after);
  timer_.async_wait(
    [me = shared_from_this(), f = std::move(f)](error_code error) {
      if (!error)
        f(*me);
    });
}

void control_connection::read() {
  arm(idle_timeout, [](control_connection& me) { me.close(); });
  net::async_read_until(stream_, net::dynamic_buffer(input_, most_line_bytes),
    '\n', [me = shared_from_this()](error_code error, std::size_t size) {
      if (error == net::error::not_found)
        me->refuse("a request may have 65536 bytes at most");
      else if (error)
        me->close();
      else
        me->take_line(size);
    });
}

void control_connection::take_line(std::size_t size) {
  auto line = input_.substr(0, size - 1);
  input_.erase(0, size);
  if (!line.empty() && line.back() == '\r')
    line.pop_back();
  if (line.empty())
    read();
  else
    ask(std::move(line));
}

void control_connection::ask(std::string line) {
  awaited_ = ++asked_;
  arm(answer_timeout, [number = awaited_](control_connection& me) {
    me.answer(number, error_line("the admin actor does not answer"));
  });
  auto pending = std::make_shared<pending_answer>(shared_from_this(), awaited_);
  auto admin = admin_->get();
  if (!admin)
    return pending->settle(error_line("the admin actor is not running"));
  caf::anon_send(
    admin, control_request{std::move(line),
             [pending](std::string json) { pending->settle(std::move(json)); },
             peer_of(stream_), control_role::admin,
             [pending](std::shared_ptr<line_feed> lines) {
               pending->settle(std::move(lines));
             }});
}

void control_connection::post_stream(
  std::uint64_t number, std::shared_ptr<line_feed> lines) {
  net::post(stream_.get_executor(),
    [me = shared_from_this(), number, lines = std::move(lines)]() mutable {
      me->stream(number, std::move(lines));
    });
}

void control_connection::stream(
  std::uint64_t number, std::shared_ptr<line_feed> lines) {
  if (number != awaited_ || !stream_.is_open()) {
    lines->stop();
    return;
  }
  awaited_ = 0;
  lines_ = std::move(lines);
  // Held weakly: the feed is ours.
  lines_->on_lines([weak = weak_from_this(), to = stream_.get_executor()] {
    net::post(to, [weak] {
      if (auto me = weak.lock())
        me->pump_soon();
    });
  });
  watch_client();
  pump();
}

// A thread that is woken up for each line costs more than to show it does.
void control_connection::pump_soon() {
  if (!writing_)
    arm(gather_time, [](control_connection& me) { me.pump(); });
}

void control_connection::pump() {
  if (writing_ || !lines_ || !stream_.is_open())
    return;
  output_ = lines_->take(most_line_bytes);
  if (output_.empty()) {
    if (lines_->is_over())
      return close();
    auto left = std::chrono::ceil<std::chrono::seconds>(
      lines_->ends() - std::chrono::steady_clock::now());
    return arm(left, [](control_connection& me) { me.pump(); });
  }
  writing_ = true;
  arm(write_timeout, [](control_connection& me) { me.close(); });
  net::async_write(stream_, net::buffer(output_),
    [me = shared_from_this()](error_code error, std::size_t) {
      me->writing_ = false;
      if (error)
        me->close();
      else
        me->pump();
    });
}

// Whatever it sends ends the stream, as its end does.
void control_connection::watch_client() {
  stream_.async_read_some(net::buffer(unwanted_),
    [me = shared_from_this()](error_code, std::size_t) { me->close(); });
}

void control_connection::post_answer(std::uint64_t number, std::string json) {
  net::post(stream_.get_executor(),
    [me = shared_from_this(), number, json = std::move(json)]() mutable {
      me->answer(number, std::move(json));
    });
}

void control_connection::answer(std::uint64_t number, std::string json) {
  if (number != awaited_ || !stream_.is_open())
    return;
  awaited_ = 0;
  write(std::move(json), false);
}

void control_connection::write(std::string line, bool last) {
  arm(write_timeout, [](control_connection& me) { me.close(); });
  output_ = std::move(line);
  output_ += '\n';
  net::async_write(stream_, net::buffer(output_),
    [me = shared_from_this(), last](error_code error, std::size_t) {
      std::string{}.swap(me->output_);
      if (error || last)
        me->close();
      else
        me->read();
    });
}

} // namespace causeway
