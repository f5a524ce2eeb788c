/// What the pairs say to each other.
#include "tools/load/traffic.hpp"

#include "tools/load/random.hpp"

namespace causeway::load {

namespace {

using namespace std::chrono_literals;

// A socket that does not take our bytes stops its client's open loop.
constexpr std::size_t max_unsent = 256 * 1024;
constexpr auto stall_after = 1s;

std::int64_t stamp_of(traffic::clock::time_point x) {
  return std::chrono::nanoseconds{x.time_since_epoch()}.count();
}

} // namespace

traffic::traffic(const options& opts, client_list& clients)
  : options_{opts}, clients_{clients},
    senders_(clients.size()), run_{static_cast<std::uint32_t>(random_bits())},
    body_{random_text(opts.body)}, last_delivery_{clock::now()} {}

void traffic::start() {
  running_ = true;
  started_ = last_delivery_ = clock::now();
  if (options_.open_loop)
    return;
  for (std::uint32_t pair = 0; pair < clients_.size() / 2; ++pair)
    fill_window(pair);
}

bool traffic::may_send(std::uint32_t client) const {
  return running_ && clients_[client]->ready() && clients_[client ^ 1]->ready()
         && (options_.messages == 0
             || senders_[client].check.counts().sent < options_.messages);
}

void traffic::send(std::uint32_t client) {
  auto& x = *clients_[client];
  scratch_ = "<message xmlns='jabber:client' type='chat' to='";
  scratch_ += escape(clients_[client ^ 1]->jid());
  scratch_ += "' id='";
  append_id(scratch_,
    {run_, client, senders_[client].check.send(), stamp_of(clock::now())});
  scratch_ += "'><body>";
  scratch_ += body_;
  scratch_ += "</body></message>";
  x.send_stanza(scratch_);
}

void traffic::fill_window(std::uint32_t pair) {
  auto first = 2 * pair;
  // Near the end only one side may have messages left.
  auto client = may_send(first) ? first : first + 1;
  senders_[first].moved = clock::now();
  senders_[first].broken = false;
  for (std::uint32_t i = 0; i < options_.window && may_send(client); ++i)
    send(client);
  clients_[client]->flush();
}

void traffic::receive(
  xmpp_client& to, const tag_view& tag, std::string_view text) {
  auto raw = tag.raw("id");
  auto id = raw ? parse_id(*raw) : std::nullopt;
  if (!id || id->run != run_ || id->sender >= senders_.size()) {
    ++odd_.foreign;
    return;
  }
  auto error = tag.raw("type") == "error";
  judge(to, *id, error, text);
  // An error reply is not answered, or a refusal would become a flood; the
  // pair is revived later.
  if (!error && !options_.open_loop && may_send(to.index()))
    send(to.index());
}

void traffic::judge(const xmpp_client& to, const message_id& id, bool error,
  std::string_view text) {
  auto& check = senders_[id.sender].check;
  if (to.index() != (error ? id.sender : id.sender ^ 1)) {
    ++odd_.misrouted;
    return;
  }
  auto known = error ? check.come_back(id.number) : check.arrive(id.number);
  if (!known) {
    ++odd_.foreign;
    return;
  }
  if (error) {
    senders_[id.sender & ~1u].broken = true;
    return;
  }
  auto now = clock::now();
  ++delivered_;
  last_delivery_ = now;
  senders_[id.sender & ~1u].moved = now;
  latency_.add(std::chrono::nanoseconds{stamp_of(now) - id.stamp});
  if (text.find(body_) == std::string_view::npos)
    ++odd_.damaged;
}

void traffic::send_due() {
  if (!running_ || !options_.open_loop)
    return;
  std::chrono::duration<double> passed = clock::now() - started_;
  auto due = static_cast<std::uint64_t>(passed.count() * options_.rate);
  for (; due_sent_ < due; ++due_sent_) {
    auto client = next_sender_;
    next_sender_ = (next_sender_ + 1) % senders_.size();
    if (!may_send(client))
      continue;
    if (clients_[client]->unsent() > max_unsent) {
      ++held_back_;
      continue;
    }
    send(client);
    clients_[client]->flush();
  }
}

void traffic::note_break(const xmpp_client& x) {
  senders_[x.index() & ~1u].broken = true;
}

void traffic::revive_broken() {
  if (!running_ || options_.open_loop)
    return;
  auto now = clock::now();
  for (std::uint32_t pair = 0; pair < senders_.size() / 2; ++pair) {
    auto& x = senders_[2 * pair];
    if (x.broken && now - x.moved > stall_after
        && (may_send(2 * pair) || may_send(2 * pair + 1)))
      fill_window(pair);
  }
}

bool traffic::all_sent() const {
  if (options_.messages == 0)
    return false;
  for (auto& x : senders_) {
    if (x.check.counts().sent < options_.messages)
      return false;
  }
  return true;
}

delivery_counts traffic::counts() const {
  delivery_counts result;
  for (auto& x : senders_)
    result += x.check.counts();
  return result;
}

} // namespace causeway::load
