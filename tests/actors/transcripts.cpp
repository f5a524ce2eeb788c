#define CAF_SUITE transcripts

#include "tests/support/stream_fixture.hpp"
#include "tests/support/transcript.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

using namespace causeway;
using namespace causeway::test;
using kind = transcript_line::kind;

namespace {

/// Plays one transcript against a node without sockets.
struct player : stream_fixture {
  void play(const std::vector<transcript_line>& lines) {
    for (auto& line : lines) {
      at = line.number;
      switch (line.what) {
      case kind::client:
        speak(line.connection, with_namespace(fill_in(line.text, bound)));
        break;
      case kind::raw_client: speak(line.connection, line.text); break;
      case kind::server: expect_line(line); break;
      case kind::silence:
        consume_messages();
        if (auto& sent = at_wire(line.connection).wire->sent; !sent.empty())
          fail("unexpected: " + sent.front());
        break;
      case kind::event: happen(line.text); break;
      }
      if (!problem.empty())
        return;
    }
    for (auto& [number, x] : clients)
      if (!x.wire->sent.empty())
        fail("left over on " + std::to_string(number) + ": "
             + x.wire->sent.front());
  }

  void fail(std::string what) {
    if (problem.empty())
      problem = "line " + std::to_string(at) + ": " + std::move(what);
  }

  client& at_wire(unsigned number) {
    auto& x = clients[number];
    if (!x.wire)
      x = connect();
    return x;
  }

  void speak(unsigned number, std::string text) {
    auto& x = at_wire(number);
    if (x.wire->closed)
      fail("the connection is closed");
    else if (pipelined)
      x.wire->client_sends(std::move(text));
    else
      say(x, std::move(text));
  }

  void expect_line(const transcript_line& line) {
    consume_messages();
    auto& sent = at_wire(line.connection).wire->sent;
    if (sent.empty()) {
      fail("nothing came, expected " + line.text);
      return;
    }
    auto difference = compare(line.text, sent.front(), bound);
    if (!difference.empty())
      fail(difference + "\n    in " + sent.front());
    sent.pop_front();
  }

  // -- events ----------------------------------------------------------------

  void happen(const std::string& text) {
    std::istringstream words{text};
    std::string first;
    words >> first;
    if (first == "config")
      configure(words);
    else if (first == "connect")
      connect_as(words);
    else if (first == "authenticate" || first == "login")
      enter(words, first == "login");
    else if (first == "pipelined")
      pipelined = true;
    else if (first == "waited")
      // Every timer that runs is due.
      for (auto& timer : std::exchange(node->timers, {}))
        timer.second();
    else if (first.size() == 1 && std::isdigit(first[0]))
      happen_to(static_cast<unsigned>(first[0] - '0'), words);
    else
      fail("unknown event: " + text);
    consume_messages();
  }

  void configure(std::istream& words) {
    std::string word;
    while (words >> word) {
      auto split = word.find('=');
      auto key = word.substr(0, split);
      auto value = word.substr(split + 1);
      auto& sm = options.management;
      if (key == "validateHost")
        options.validate_host = value == "true";
      else if (key == "active")
        sm.active = value == "true";
      else if (key == "unsolicitedAckFrequency")
        sm.unsolicited_ack_frequency = std::stoi(value);
      else if (key == "unsolicitedAckInterval")
        sm.delays.acknowledge = std::chrono::milliseconds{std::stoi(value)};
      else if (key == "unsolicitedAckBytes")
        sm.unsolicited_ack_bytes =
          static_cast<std::uint32_t>(std::stoul(value));
      else if (key == "requestFrequency")
        sm.request_frequency = static_cast<std::uint32_t>(std::stoul(value));
      else if (key == "maxUnacked")
        sm.max_unacked = static_cast<std::uint32_t>(std::stoul(value));
      else if (key == "maxOffline")
        options.offline.messages = std::stoul(value);
      else if (key == "conflict")
        options.conflict = value == "refuse-new"
                             ? config::conflict_policy::refuse_new
                             : config::conflict_policy::rename_new;
      else
        fail("unknown setting: " + key);
    }
  }

  void connect_as(std::istream& words) {
    unsigned number = 0;
    std::string how;
    words >> number >> how;
    auto peer = loopback_peer();
    if (how == "remote" || how == "secure") {
      peer.address = "192.0.2.1:50000";
      peer.loopback = false;
      peer.secure = how == "secure";
    }
    clients[number] = connect(peer);
  }

  // What every login says; the transcripts of the A cases spell it out.
  void enter(std::istream& words, bool bind) {
    unsigned number = 0;
    std::string who;
    words >> number >> who;
    auto local = who.substr(0, who.find('@'));
    auto domain = who.substr(local.size() + 1);
    auto resource = domain.substr(domain.find('/') + 1);
    auto& x = at_wire(number);
    auto answer =
      bind ? log_in(x, local, resource) : authenticate(x, local, domain);
    if (answer.find(bind ? "<jid>" : "features") == std::string::npos)
      fail("login failed: " + answer);
  }

  void happen_to(unsigned number, std::istream& words) {
    std::string what;
    words >> what;
    auto& socket = *at_wire(number).wire;
    if (what == "closed") {
      unsigned code = 0;
      words >> code;
      if (!socket.closed || socket.close_code != code)
        fail("closed with " + std::to_string(socket.close_code));
    } else if (what == "lost") {
      socket.lose();
    } else if (what == "deadline") {
      caf::anon_send(socket.owner, deadline_reached{});
    } else if (what == "silent" || what == "idle") {
      caf::anon_send(socket.owner, silence_noticed{what == "idle"});
    } else if (what == "unacked") {
      std::size_t n = 0;
      words >> n;
      auto unacked = tracker_of(number).unacked.size();
      if (unacked != n)
        fail("unacked are " + std::to_string(unacked));
    } else if (what == "enabled") {
      std::uint32_t start = 0;
      words >> what >> start;
      auto& state = tracker_of(number);
      state.management.enable_at(start);
      state.unacked = protocol::resend_queue<delivery_ptr>{start};
    } else {
      fail("unknown event: " + what);
    }
  }

  tracker_state& tracker_of(unsigned number) {
    return state_of<tracker_state>(session_of(clients[number]).tracker);
  }

  std::map<unsigned, client> clients;
  bindings bound;
  std::string problem;
  unsigned at = 0;
  bool pipelined = false;
};

std::vector<std::filesystem::path> transcript_files() {
  std::vector<std::filesystem::path> files;
  for (auto& x : std::filesystem::directory_iterator{
         CAUSEWAY_SOURCE_DIR "/tests/transcripts"})
    if (x.path().extension() == ".xmpp")
      files.push_back(x.path());
  std::sort(files.begin(), files.end());
  return files;
}

} // namespace

CAF_TEST(every transcript comes true) {
  auto files = transcript_files();
  CAF_REQUIRE(!files.empty());
  for (auto& file : files) {
    std::ifstream in{file};
    std::stringstream text;
    text << in.rdbuf();
    player it;
    it.play(parse_transcript(text.str()));
    CAF_MESSAGE(file.stem().string()
                << ": " << (it.problem.empty() ? "came true" : it.problem));
    CAF_CHECK(it.problem.empty());
  }
}
