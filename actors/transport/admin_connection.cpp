#include "actors/transport/admin_connection.hpp"

#include "actors/transport/address_text.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>

#include <atomic>
#include <utility>

namespace causeway {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t most_head = 8 * 1024;
constexpr std::size_t most_body = 64 * 1024;
constexpr std::size_t first_read = 4 * 1024;

constexpr std::chrono::seconds request_timeout{10};
constexpr std::chrono::seconds idle_timeout{60};
constexpr std::chrono::seconds answer_timeout{15};
constexpr std::chrono::seconds write_timeout{30};
/// How long a client may take to end its side after the last answer.
constexpr std::chrono::seconds linger_timeout{5};

std::string text(beast::string_view x) {
  return {x.data(), x.size()};
}

/// What may stand once only: a second one is there to be read by somebody else.
template <class Message>
std::optional<std::string> only(const Message& message, http::field name) {
  if (message.count(name) != 1)
    return std::nullopt;
  return text(message[name]);
}

std::string peer_of(const wire_socket& socket) {
  error_code error;
  auto remote = socket.remote_endpoint(error);
  return error ? "unknown" : to_text(remote);
}

/// True if the peer sent something else than HTTP, not if it hung up.
bool malformed(error_code error) {
  return error.category() == make_error_code(http::error::bad_method).category()
         && error != http::error::end_of_stream
         && error != http::error::partial_message;
}

/// The answer to a request that is none; no status if there is nobody to tell.
admin_reply refusal_of(error_code error) {
  if (error == http::error::header_limit)
    return text_reply(431, "The head of a request may have 8192 bytes.");
  if (error == http::error::body_limit || error == http::error::buffer_overflow)
    return text_reply(413, "The body of a request may have 65536 bytes.");
  if (malformed(error))
    return text_reply(
      400, "This is not a valid HTTP request: " + error.message());
  admin_reply none;
  none.status = 0;
  return none;
}

// The one answer to one request. Dropped unanswered, it says so.
class pending_reply {
 public:
  pending_reply(std::shared_ptr<admin_connection> to, std::uint64_t number)
    : to_{std::move(to)}, number_{number} {}
  pending_reply(const pending_reply&) = delete;
  pending_reply& operator=(const pending_reply&) = delete;
  ~pending_reply() {
    settle(text_reply(503, "The server did not answer; try again."));
  }

  void settle(admin_reply x) {
    if (!settled_.exchange(true))
      to_->post_answer(number_, std::move(x));
  }

 private:
  std::shared_ptr<admin_connection> to_;
  std::uint64_t number_;
  std::atomic<bool> settled_{false};
};

} // namespace

// Told inside the call that writes the last bytes.
class admin_connection::write_end final : public write_waiter {
 public:
  write_end(std::shared_ptr<admin_connection> to, bool keep_alive)
    : to_{std::move(to)}, keep_alive_{keep_alive} {}

  void written(bool success) override {
    auto executor = to_->wire_->get_executor();
    net::post(
      executor, [to = std::move(to_), success, keep_alive = keep_alive_] {
        to->written(success, keep_alive);
      });
  }

 private:
  std::shared_ptr<admin_connection> to_;
  bool keep_alive_;
};

admin_connection::admin_connection(wire_socket socket,
  const tls_context_ptr& tls, std::shared_ptr<const admin_handler> handle)
  : peer_{peer_of(socket)}, wire_{std::make_shared<wire>(
                              std::move(socket), tls)},
    stream_{wire_}, timer_{wire_->get_executor()}, handle_{std::move(handle)},
    buffer_{most_head + most_body}, is_https_{tls != nullptr} {}

template <class F>
void admin_connection::arm(std::chrono::seconds after, F f) {
  timer_.expires_after(after);
  timer_.async_wait(
    [me = shared_from_this(), f = std::move(f)](error_code error) {
      if (!error)
        f(*me);
    });
}

void admin_connection::start() {
  waiting_ = clock::now();
  if (!is_https_) {
    await_request();
    return;
  }
  // OpenSSL has run out of memory: better nothing than a token in the clear.
  if (!wire_->secure()) {
    close();
    return;
  }
  arm(request_timeout, [](admin_connection& me) { me.close(); });
  wire_->accept_tls([me = shared_from_this()](error_code error) {
    if (error)
      me->close();
    else
      me->await_request();
  });
}

void admin_connection::close() {
  open_ = false;
  waiting_.reset();
  timer_.cancel();
  wire_->close();
}

// A client may keep a connection, but a request that has begun must end soon.
void admin_connection::await_request() {
  waiting_ = clock::now();
  if (buffer_.size() > 0) {
    read_request();
    return;
  }
  arm(asked_before_ ? idle_timeout : request_timeout,
    [](admin_connection& me) { me.close(); });
  stream_.async_read_some(buffer_.prepare(first_read),
    [me = shared_from_this()](error_code error, std::size_t bytes) {
      if (error || !me->open_)
        return me->close();
      me->buffer_.commit(bytes);
      me->read_request();
    });
}

void admin_connection::read_request() {
  parser_.emplace();
  parser_->header_limit(most_head);
  parser_->body_limit(most_body);
  arm(request_timeout, [](admin_connection& me) { me.close(); });
  http::async_read(stream_, buffer_, *parser_,
    [me = shared_from_this()](
      error_code error, std::size_t) { me->took_request(error); });
}

void admin_connection::took_request(error_code error) {
  if (!open_)
    return;
  waiting_.reset();
  asked_before_ = true;
  if (!error) {
    ask();
    return;
  }
  auto refusal = refusal_of(error);
  if (refusal.status == 0)
    close();
  else
    write(refusal, false);
}

void admin_connection::ask() {
  awaited_ = ++asked_;
  arm(answer_timeout, [number = awaited_](admin_connection& me) {
    me.answer(number, text_reply(504, "The server takes too long to answer."));
  });
  auto pending = std::make_shared<pending_reply>(shared_from_this(), awaited_);
  (*handle_)(
    request_of(), [pending](admin_reply x) { pending->settle(std::move(x)); });
}

admin_request admin_connection::request_of() const {
  auto& message = parser_->get();
  admin_request x;
  x.method = text(message.method_string());
  x.target = text(message.target());
  x.host = only(message, http::field::host);
  x.authorization = only(message, http::field::authorization);
  x.origin = only(message, http::field::origin);
  x.content_type = text(message[http::field::content_type]);
  x.if_none_match = text(message[http::field::if_none_match]);
  x.body = message.body();
  x.peer = peer_;
  return x;
}

void admin_connection::post_answer(std::uint64_t number, admin_reply x) {
  net::post(
    wire_->get_executor(), [me = shared_from_this(), number, x = std::move(x)] {
      me->answer(number, x);
    });
}

void admin_connection::answer(std::uint64_t number, const admin_reply& x) {
  if (number != awaited_ || !open_)
    return;
  awaited_ = 0;
  write(x, parser_->keep_alive());
}

void admin_connection::write(const admin_reply& x, bool keep_alive) {
  auto head = parser_->get().method() == http::verb::head;
  waiting_ = clock::now();
  arm(write_timeout, [](admin_connection& me) { me.close(); });
  wire_->write_raw(to_bytes(x, head, keep_alive),
    std::make_unique<write_end>(shared_from_this(), keep_alive));
}

void admin_connection::written(bool success, bool keep_alive) {
  if (!success || !open_)
    return close();
  if (keep_alive)
    return await_request();
  // The client may be about to write still: a reset would take the answer.
  waiting_ = clock::now();
  arm(linger_timeout, [](admin_connection& me) { me.close(); });
  wire_->linger([me = shared_from_this()] { me->close(); });
}

} // namespace causeway
