#pragma once

#include "protocol/overload.hpp"
#include "protocol/resend_queue.hpp"
#include "protocol/stream_management.hpp"
#include "tests/support/sm_client.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace causeway::test {

/// The parts of the server that a world is made of; a mutant replaces one.
struct sm_parts {
  using machine = protocol::stream_management;
  using queue = protocol::resend_queue<int>;
  /// A stanza counts as received before its next holder has it.
  static constexpr bool counts_too_early = false;
  /// A stanza will not be sent again.
  template <class Queue>
  static int take_out(Queue& queue) {
    return queue.remove_oldest();
  }
  /// Whether counters are looked at, too, beside what comes of them.
  static constexpr bool shows_counters = true;
};

/// One session with its client and the connections between them, driven as
/// its owner drives it. Everything that the server says and forgets is held
/// against the client's counters, and against its own of 64 bits.
template <class Parts>
class sm_world {
 public:
  explicit sm_world(const sm_start& start)
    : start_{start}, client_{start.received, start.sent}, queue_{start.sent},
      received_{start.received}, sent_{start.sent}, acked_{start.sent} {
    links_.resize(1);
  }

  /// The first rule that was broken; empty if none was.
  const std::string& fault() const {
    return client_.fault.empty() ? fault_ : client_.fault;
  }

  const sm_tally& tally() const { return tally_; }

  /// Everything that can happen now.
  std::vector<sm_step> choices() const {
    using enum sm_event;
    using phase = sm_client::phase;
    std::vector<sm_step> out;
    auto add = [&out](bool possible, sm_event x, std::size_t link = 0) {
      if (possible)
        out.push_back({x, link});
    };
    auto online = client_.now == phase::online;
    add(!client_.is_over(), client_sends);
    add(!ended_, server_sends);
    add(client_.now == phase::fresh, client_enables);
    add(id_due_, id_comes);
    add(online, client_requests);
    add(online, client_acks);
    add(!ended_, server_requests);
    for (std::size_t i = 1; i <= links_.size(); ++i) {
      add(!at(i).up.empty(), up, i);
      add(!at(i).down.empty(), down, i);
    }
    add(!at_hand_.empty(), taken);
    add(client_.link != 0, client_leaves);
    add(client_.now == phase::lost, client_resumes);
    add(attached_ != 0, server_loses);
    add(attached_ == 0 && !ended_, session_expires);
    add(timers_ > 0 && !ended_, time_passes);
    add(attached_ == 0 && !ended_ && !finds_poison_ && !queue_.empty(),
      poison_found);
    return out;
  }

  void perform(const sm_step& x) {
    switch (x.what) {
    case sm_event::client_sends: say(client_.link, client_.create()); break;
    case sm_event::server_sends: send_stanza(); break;
    case sm_event::client_enables:
      client_.now = sm_client::phase::enabling;
      say(client_.link, {{sm_word::enable}});
      break;
    case sm_event::id_comes:
      id_due_ = false;
      perform(machine_.grant("id", 600));
      break;
    case sm_event::client_requests:
      say(client_.link, {{sm_word::request}});
      break;
    case sm_event::client_acks: say(client_.link, {client_.ack()}); break;
    case sm_event::server_requests: perform(machine_.probe()); break;
    case sm_event::up: arrive_at_server(x.link); break;
    case sm_event::down: arrive_at_client(x.link); break;
    case sm_event::taken: take(); break;
    case sm_event::client_leaves: client_.leave(); break;
    case sm_event::client_resumes:
      links_.emplace_back();
      say(links_.size(), {client_.resume_by(links_.size())});
      break;
    case sm_event::server_loses: lose(); break;
    case sm_event::session_expires: expire(); break;
    case sm_event::poison_found: finds_poison_ = true; break;
    case sm_event::time_passes:
      --timers_;
      perform(machine_.timer_due());
      break;
    }
    check();
  }

  /// Lets everything come to its end, and checks that all is where it belongs.
  void settle() {
    using phase = sm_client::phase;
    for (auto round = 0; round < 10 && fault().empty(); ++round) {
      drain();
      if (client_.now == phase::lost)
        perform({sm_event::client_resumes});
      else if (client_.link != 0 && !at(client_.link).open)
        perform({sm_event::client_leaves});
      else
        break;
    }
    if (client_.now == phase::online) {
      perform({sm_event::client_acks});
      perform({sm_event::client_requests});
      drain();
    } else if (!ended_) {
      if (attached_ != 0)
        perform({sm_event::server_loses});
      if (!ended_)
        perform({sm_event::session_expires});
    }
    if (fault().empty())
      check_end();
  }

 private:
  struct connection {
    sm_items up;
    sm_items down;
    /// At the server's end.
    bool open = true;
  };

  connection& at(std::size_t link) { return links_[link - 1]; }
  const connection& at(std::size_t link) const { return links_[link - 1]; }

  static sm_item take_first(sm_items& from) {
    auto x = from.front();
    from.erase(from.begin());
    return x;
  }

  void blame(std::string text) {
    if (fault_.empty())
      fault_ = std::move(text);
  }

  void drain() {
    auto passive = [](const sm_step& x) {
      return x.what == sm_event::up || x.what == sm_event::down
             || x.what == sm_event::taken || x.what == sm_event::id_comes;
    };
    while (fault().empty()) {
      auto next = choices();
      auto i = std::ranges::find_if(next, passive);
      if (i == next.end())
        break;
      perform(*i);
    }
  }

  // -- the client's end -------------------------------------------------------

  void say(std::size_t link, const sm_items& items) {
    if (link != 0 && at(link).open)
      at(link).up.insert(at(link).up.end(), items.begin(), items.end());
  }

  void arrive_at_client(std::size_t link) {
    auto x = take_first(at(link).down);
    if (link != client_.link)
      return;
    say(link, client_.receive(x));
    if (client_.refused && !ended_)
      blame("a client that may resume was refused");
    if (client_.forgotten() > last_taken_)
      blame("the client forgot stanza " + std::to_string(client_.forgotten())
            + ", which nobody else has");
  }

  // -- the server's end, as a tracker does it ---------------------------------

  void hear(const sm_item& x) {
    if (attached_ != 0)
      at(attached_).down.push_back(x);
  }

  void send_stanza() {
    if (!machine_.is_enabled()) {
      hear({sm_word::stanza});
      return;
    }
    auto number = ++created_;
    queue_.push(number, 1);
    pending_.push_back(number);
    ++sent_;
    hear({sm_word::stanza, 0, number});
    perform(machine_.stanza_sent(queue_.size(), queue_.bytes()));
  }

  void arrive_at_server(std::size_t link) {
    auto x = take_first(at(link).up);
    if (!at(link).open)
      return;
    if (x.what == sm_word::resume)
      resume(link, x.h);
    else if (link != attached_)
      blame("a connection that is not in use is open");
    else if (x.what == sm_word::stanza)
      hand_over(x.stanza);
    else
      perform(machine_.nonza_received(to_nonza(x), queue_));
  }

  void hand_over(int number) {
    at_hand_.push_back(number);
    if (Parts::counts_too_early && number != 0)
      perform(machine_.stanza_received(1));
    if (start_.local)
      take();
  }

  void take() {
    auto number = at_hand_.front();
    at_hand_.erase(at_hand_.begin());
    if (number == 0)
      return;
    if (number != last_taken_ + 1)
      blame("the next holder got stanza " + std::to_string(number) + " behind "
            + std::to_string(last_taken_));
    last_taken_ = number;
    ++received_;
    if (!Parts::counts_too_early)
      perform(machine_.stanza_received(1));
  }

  void resume(std::size_t link, std::uint32_t h) {
    auto is_overtaken = link < last_resume_;
    if (is_overtaken)
      ++tally_.overtaken;
    last_resume_ = std::max(last_resume_, link);
    if (ended_ || !machine_.check_resume(h, queue_)) {
      ++(ended_ ? tally_.too_late : tally_.refused);
      at(link).down.push_back({sm_word::failed, machine_.received()});
      close(link);
      return;
    }
    ++tally_.resumed;
    if (attached_ != 0) {
      ++tally_.taken_over;
      lose();
    }
    attached_ = link;
    perform(machine_.resumed("id"));
    acknowledge(h);
    // Who was overtaken knows less than it has got since.
    if (finds_poison_ && !is_overtaken)
      take_out_first();
    queue_.for_each([this](int number) { hear({sm_word::stanza, 0, number}); });
    perform(machine_.probe());
  }

  void take_out_first() {
    finds_poison_ = false;
    if (queue_.empty())
      return;
    client_.unsendable.push_back(Parts::take_out(queue_));
    pending_.erase(pending_.begin());
    --sent_;
    ++tally_.unsendable;
  }

  void acknowledge(std::uint32_t h) {
    queue_.acknowledge(h, [this](int number) {
      if (pending_.empty() || pending_.front() != number)
        return blame("the server forgot stanza " + std::to_string(number)
                     + " out of order");
      if (number > client_.delivered)
        blame("the server forgot stanza " + std::to_string(number)
              + ", which the client has not got");
      pending_.erase(pending_.begin());
      ++acked_;
    });
  }

  void close(std::size_t link) {
    at(link).open = false;
    at(link).up.clear();
  }

  void lose() {
    close(attached_);
    attached_ = 0;
    machine_.detach();
    // A new client's stanzas take a new way: what had not arrived is lost.
    at_hand_.clear();
    id_due_ = false;
    if (!machine_.is_resumable())
      ended_ = true;
  }

  // What is left goes elsewhere.
  void expire() {
    ended_ = true;
    ++tally_.expired;
    std::vector<int> given_back;
    queue_.for_each([&](int number) { given_back.push_back(number); });
    if (given_back != pending_)
      blame("what is given back is not what nobody acknowledged");
  }

  void perform(const protocol::sm_actions& actions) {
    using namespace protocol;
    for (auto& action : actions)
      std::visit(overload{
                   [this](const sm_send& x) {
                     auto item = to_item(x.nonza);
                     if (attached_ == 0 || !item)
                       blame("nobody waits for " + x.nonza);
                     else
                       hear(*item);
                   },
                   [this](const sm_grant&) {
                     id_due_ = true;
                     machine_.enable_at(start_.received);
                   },
                   [](const sm_enabled&) {},
                   [this](const sm_acknowledge& x) { acknowledge(x.h); },
                   [this](const sm_fail_stream& x) { blame(x.text); },
                   [this](const sm_start_timer&) { ++timers_; },
                 },
        action);
  }

  // -- the rules --------------------------------------------------------------

  void check() {
    if (timers_ > 1)
      blame("two timers run");
    auto wrapped = [](
                     std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    if (!Parts::shows_counters || !machine_.is_enabled() || !fault().empty())
      return;
    if (machine_.received() != wrapped(received_))
      blame("h is not what was received");
    if (queue_.sent() != wrapped(sent_) || queue_.acked() != wrapped(acked_)
        || queue_.size() != pending_.size())
      blame("the queue is not what was sent and not acknowledged");
  }

  void check_end() {
    tally_.wrapped = static_cast<unsigned>((received_ >> 32) + (acked_ >> 32));
    auto left = client_.created - last_taken_;
    if (client_.now == sm_client::phase::online) {
      if (client_.next() != created_ + 1)
        blame("a stanza of the server is lost");
      if (left != 0 || !client_.unacked.empty())
        blame("a stanza of the client is lost");
      if (!queue_.empty() || sent_ != acked_)
        blame("the server keeps what was acknowledged");
    } else if (client_.refused
               && client_.unacked.size() != static_cast<std::size_t>(left)) {
      // It sends these in its next session, and no others.
      blame("the client sends too much or too little again");
    }
  }

  sm_start start_;
  sm_client client_;
  std::vector<connection> links_;
  typename Parts::machine machine_{{.unsolicited_ack_frequency = 3,
    .request_frequency = 2,
    .resume_seconds = 600}};
  typename Parts::queue queue_;
  /// The connection in use; 0: none.
  std::size_t attached_ = 1;
  std::size_t last_resume_ = 0;
  bool id_due_ = false;
  bool ended_ = false;
  bool finds_poison_ = false;
  /// Of the machine; there must never be two.
  int timers_ = 0;
  /// Stanzas of the client that its next holder has not taken yet.
  std::vector<int> at_hand_;
  int last_taken_ = 0;
  /// The same as machine and queue, by the book.
  int created_ = 0;
  std::vector<int> pending_;
  std::uint64_t received_;
  std::uint64_t sent_;
  std::uint64_t acked_;
  std::string fault_;
  sm_tally tally_;
};

} // namespace causeway::test
