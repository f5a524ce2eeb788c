/// RFC 7395 and XEP-0198: a client after its login.
#include "tools/load/xmpp_client.hpp"

#include "protocol/namespaces.hpp"
#include "tools/load/random.hpp"

#include <charconv>

namespace causeway::load {

namespace {

constexpr std::string_view request = "<r xmlns='urn:xmpp:sm:3'/>";
constexpr std::string_view closing =
  "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";

std::optional<std::uint32_t> read_h(const tag_view& tag) {
  auto text = tag.raw("h").value_or("");
  std::uint32_t result = 0;
  auto last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, result);
  if (error != std::errc{} || end != last || text.empty())
    return std::nullopt;
  return result;
}

} // namespace

xmpp_client::xmpp_client(boost::asio::io_context& io,
  const server_address& server, client_handler& handler, credentials who,
  std::uint32_t index)
  : io_{io}, server_{server}, handler_{handler}, who_{std::move(who)},
    index_{index} {}

xmpp_client::~xmpp_client() {
  drop();
}

void xmpp_client::connect() {
  drop();
  state_ = state::logging_in;
  connected_at_ = std::chrono::steady_clock::now();
  stream_error_.clear();
  acks_ = {};
  since_request_ = 0;
  login_.emplace(who_, random_text(24));
  socket_ = std::make_shared<ws_client>(io_, server_, *this);
  socket_->start();
}

void xmpp_client::on_open() {
  socket_->send(login_->open());
  socket_->flush();
}

void xmpp_client::on_text(std::string_view text) {
  if (state_ == state::logging_in)
    return continue_login(text);
  auto tag = scan_tag(text);
  if (!tag)
    return fail("the server sent what is no element: "
                + std::string{text.substr(0, 100)});
  if (tag->name == "message" || tag->name == "presence" || tag->name == "iq")
    return handle_stanza(*tag, text);
  handle_other(*tag, text);
}

void xmpp_client::continue_login(std::string_view text) {
  auto element = scan_element(text);
  if (!element)
    return fail("the server sent what is no element: "
                + std::string{text.substr(0, 100)});
  auto step = login_->handle(*element);
  for (auto& frame : step.send)
    socket_->send(frame);
  if (step.now == login_step::state::failed)
    return fail(step.reason);
  if (step.now == login_step::state::going_on)
    return;
  state_ = state::ready;
  if (who_.stream_management)
    acks_.start();
  handler_.on_ready(*this);
}

void xmpp_client::handle_stanza(const tag_view& tag, std::string_view text) {
  acks_.stanza_received();
  if (tag.name == "message")
    return handler_.on_message(*this, tag, text);
  auto type = tag.raw("type");
  if (tag.name == "iq" && (type == "get" || type == "set"))
    answer_iq(tag, text);
}

void xmpp_client::answer_iq(const tag_view& tag, std::string_view text) {
  auto element = scan_element(text);
  auto ping = element && element->child("ping");
  std::string reply = "<iq xmlns='jabber:client' id='";
  reply += escape(tag.value("id"));
  if (tag.raw("from"))
    reply += "' to='" + escape(tag.value("from"));
  reply += ping ? "' type='result'/>"
                : "' type='error'><error type='cancel'><service-unavailable "
                  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
  send_stanza(reply);
}

void xmpp_client::handle_other(const tag_view& tag, std::string_view text) {
  if (tag.name == "r") {
    ++ack_totals_.answered;
    send_ack();
  } else if (tag.name == "a") {
    ++ack_totals_.acks;
    auto h = read_h(tag);
    if (!h || !acks_.acknowledge(*h))
      ++ack_totals_.wrong;
  } else if (tag.name == "error") {
    auto element = scan_element(text);
    stream_error_ = element ? describe_stream_error(*element) : "stream error";
  } else if (tag.name == "close") {
    if (state_ == state::ready) {
      send_ack();
      socket_->send(closing);
    }
    socket_->close();
    state_ = state::closing;
  }
}

// Without a last ack before the end, a server has to take what it has not
// seen acked for lost, and returns it (XEP-0198 section 4).
void xmpp_client::send_ack() {
  if (acks_.counting())
    socket_->send("<a xmlns='urn:xmpp:sm:3' h='"
                  + std::to_string(acks_.received()) + "'/>");
}

void xmpp_client::send_stanza(std::string_view text) {
  socket_->send(text);
  acks_.stanza_sent();
  if (acks_.counting() && ack_every_ != 0 && ++since_request_ >= ack_every_)
    request_ack();
}

void xmpp_client::send_presence() {
  send_stanza("<presence xmlns='jabber:client'/>");
}

void xmpp_client::request_ack() {
  since_request_ = 0;
  socket_->send(request);
}

void xmpp_client::flush() {
  if (socket_)
    socket_->flush();
}

void xmpp_client::close() {
  if (state_ != state::ready)
    return drop();
  state_ = state::closing;
  send_ack();
  socket_->send(closing);
  socket_->flush();
}

void xmpp_client::drop() {
  state_ = state::idle;
  if (socket_)
    socket_->drop();
  socket_.reset();
}

void xmpp_client::on_end(const std::string& reason) {
  auto at_login = state_ == state::logging_in;
  socket_.reset();
  state_ = state::idle;
  handler_.on_end(
    *this, at_login, stream_error_.empty() ? reason : stream_error_);
}

void xmpp_client::fail(const std::string& reason) {
  auto at_login = state_ == state::logging_in;
  flush();
  drop();
  handler_.on_end(*this, at_login, reason);
}

} // namespace causeway::load
