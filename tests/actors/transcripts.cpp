#define CAF_SUITE transcripts

#include "actors/c2s/connection.hpp"
#include "actors/c2s/session.hpp"
#include "actors/c2s/tracker.hpp"
#include "tests/support/node_fixture.hpp"
#include "tests/support/transcript.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace causeway;
using namespace causeway::test;
using kind = transcript_line::kind;

namespace {

/// Plays one transcript against a node without sockets.
struct player : test_coordinator_fixture<> {
  ~player() override {
    node.reset();
    consume_messages();
  }

  void play(const std::vector<transcript_line>& lines) {
    for (auto& line : lines) {
      at = line.number;
      switch (line.what) {
      case kind::client:
        say(line.connection, with_namespace(fill_in(line.text, bound)));
        break;
      case kind::raw_client: say(line.connection, line.text); break;
      case kind::server: expect_line(line); break;
      case kind::silence:
        consume_messages();
        if (!wire(line.connection).sent.empty())
          fail("unexpected: " + wire(line.connection).sent.front());
        break;
      case kind::event: happen(line.text); break;
      }
      if (!problem.empty())
        return;
    }
    for (auto& [number, socket] : wires)
      if (!socket->sent.empty())
        fail("left over on " + std::to_string(number) + ": "
             + socket->sent.front());
  }

  void fail(std::string what) {
    if (problem.empty())
      problem = "line " + std::to_string(at) + ": " + std::move(what);
  }

  small_node& ready_node() {
    if (!node)
      node = std::make_unique<small_node>(sys, options);
    return *node;
  }

  fake_transport& wire(unsigned number) {
    auto& socket = wires[number];
    if (!socket)
      open(number, loopback_peer());
    return *socket;
  }

  void open(unsigned number, const peer_facts& peer) {
    wires[number] = ready_node().connect(peer);
    sessions[number] = node->sessions.back();
    consume_messages();
  }

  void say(unsigned number, std::string text) {
    auto& socket = wire(number);
    if (socket.closed)
      fail("the connection is closed");
    else
      socket.client_sends(std::move(text));
    if (!pipelined)
      consume_messages();
  }

  void expect_line(const transcript_line& line) {
    consume_messages();
    auto& sent = wire(line.connection).sent;
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
      connect(words);
    else if (first == "authenticate" || first == "login")
      log_in(words, first == "login");
    else if (first == "pipelined")
      pipelined = true;
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
      else if (key == "requestFrequency")
        sm.request_frequency = static_cast<std::uint32_t>(std::stoul(value));
      else if (key == "maxUnacked")
        sm.max_unacked = static_cast<std::uint32_t>(std::stoul(value));
      else if (key == "conflict")
        options.conflict = value == "refuse-new"
                             ? config::conflict_policy::refuse_new
                             : config::conflict_policy::rename_new;
      else
        fail("unknown setting: " + key);
    }
  }

  void connect(std::istream& words) {
    unsigned number = 0;
    std::string how;
    words >> number >> how;
    auto peer = loopback_peer();
    if (how == "remote" || how == "secure") {
      peer.address = "192.0.2.1:50000";
      peer.loopback = false;
      peer.secure = how == "secure";
    }
    open(number, peer);
  }

  // What every login says; the transcripts of the A cases spell it out.
  void log_in(std::istream& words, bool bind) {
    unsigned number = 0;
    std::string who;
    words >> number >> who;
    auto local = who.substr(0, who.find('@'));
    auto domain = who.substr(local.size() + 1);
    auto resource = domain.substr(domain.find('/') + 1);
    domain = domain.substr(0, domain.find('/'));
    auto open_it = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='"
                   + domain + "' version='1.0'/>";
    std::string plain{'\0'};
    plain += local;
    plain += '\0';
    plain += "secret";
    say(number, open_it);
    say(number,
      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
        + protocol::to_base64(plain) + "</auth>");
    say(number, open_it);
    if (bind)
      say(number, "<iq xmlns='jabber:client' type='set' id='bind'><bind "
                  "xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>"
                    + resource + "</resource></bind></iq>");
    consume_messages();
    auto& sent = wire(number).sent;
    auto expected = bind ? 6u : 5u;
    if (sent.size() != expected)
      fail("login failed: " + (sent.empty() ? "no answer" : sent.back()));
    sent.clear();
  }

  void happen_to(unsigned number, std::istream& words) {
    std::string what;
    words >> what;
    auto& socket = wire(number);
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
    using session_impl = session_actor::stateful_base<session_state>;
    using tracker_impl = tracker_actor::stateful_base<tracker_state>;
    auto& owner = deref<session_impl>(sessions[number]);
    return deref<tracker_impl>(owner.state.tracker).state;
  }

  node_options options;
  std::unique_ptr<small_node> node;
  std::map<unsigned, std::shared_ptr<fake_transport>> wires;
  std::map<unsigned, session_actor> sessions;
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
    CAF_MESSAGE(file.stem().string());
    CAF_CHECK_EQUAL(
      file.stem().string() + ": " + it.problem, file.stem().string() + ": ");
  }
}
