#define CAF_SUITE admin

#include "actors/inspect/admin.hpp"

#include "actors/inspect/control_command.hpp"
#include "actors/inspect/event_log.hpp"
#include "tests/support/fake_tree.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/json/parse.hpp>
#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <thread>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

using command_list = std::shared_ptr<std::vector<account_command>>;
using text_list = std::shared_ptr<std::vector<std::string>>;

account_store_actor::behavior_type fake_store(command_list seen) {
  return {
    [](const credentials_query&) { return credentials_answer{}; },
    [](const password_query&) { return password_answer{}; },
    [](const domains_changed&) {},
    [seen](const account_command& x) {
      seen->push_back(x);
      account_reply reply;
      if (x.local == "nobody")
        reply.error = "there is no such account";
      else if (x.verb == account_verb::list)
        reply.accounts = {"juliet@localhost", "romeo@localhost"};
      return reply;
    },
    [](inspect_request) { return actor_snapshot{}; },
  };
}

registry_actor::behavior_type fake_registry(text_list ended) {
  return {
    [](const bind_request&) { return bind_answer{}; },
    [](const route_added&) {},
    [ended](const end_account& x) { ended->push_back(x.bare); },
    [](end_overdue) {},
    [](const domains_changed&) {},
    [](const binding_parked&) {},
    [](const router_replaced&) { return routes_restored{}; },
    [](inspect_request) { return actor_snapshot{}; },
  };
}

// Of a session only what the admin asks of it.
using order_taker =
  caf::typed_actor<caf::replies_to<session_order>::with<order_outcome>>::
    extend_with<inspectable_actor>;

order_taker::behavior_type fake_session(order_taker::pointer self,
  actor_snapshot answer, std::shared_ptr<std::vector<session_order>> seen) {
  answer.id = self->id();
  return {
    [seen](const session_order& x) {
      seen->push_back(x);
      if (x.verb == session_verb::expire)
        return order_outcome{"the session does not wait for its client", {}};
      return order_outcome{{}, "romeo@localhost/orchard"};
    },
    [answer](inspect_request) { return answer; },
  };
}

actor_snapshot session_snapshot(std::vector<inspectable_actor> children) {
  auto x = make_snapshot("session",
    {{"jid", "romeo@localhost/orchard"}, {"domain", "localhost"},
      {"peer", "127.0.0.1:5000"}, {"secure", "true"}, {"bytes_in", "100"},
      {"bytes_out", "300"}},
    std::move(children));
  x.state = "established";
  return x;
}

struct fixture : test_coordinator_fixture<> {
  fixture() {
    tracker = spawn("tracker",
      {{"sm", "on"}, {"h_in", "4294967295"}, {"h_out", "7"}, {"unacked", "2"}});
    auto connection = spawn("connection");
    session = keep(
      sys.spawn(fake_session, session_snapshot({connection, tracker}), obeyed));
    auto supervisor = spawn("session_supervisor", {}, {session});
    auto listener = spawn("listener", {{"url", "ws://127.0.0.1:7070/ws/"}});
    environment.node =
      sys.spawn(fake_actor, make_snapshot("node", {}, {listener, supervisor}));
    environment.accounts = std::make_shared<handle_cell<account_store_actor>>();
    environment.accounts->set(sys.spawn(fake_store, commands));
    environment.registry = std::make_shared<handle_cell<registry_actor>>();
    environment.registry->set(sys.spawn(fake_registry, ended));
    auto counts = std::make_shared<causeway::counters>();
    counts->add(counter::auth_succeeded, 3);
    environment.counters = counts;
    auto active = std::make_shared<active_config>();
    active->config = std::make_shared<config::configuration>();
    active->generation = 7;
    auto cell = std::make_shared<config_cell>();
    cell->set(active);
    environment.config = cell;
    environment.store = std::make_shared<handle_cell<config_store_actor>>();
    environment.find_session = [this](std::uint64_t id) {
      return id == session.id() ? caf::actor_cast<session_actor>(session)
                                : session_actor{};
    };
    environment.count_sessions = [] {
      return std::pair<std::size_t, std::size_t>{5, 2};
    };
    aut = sys.spawn(admin, environment);
  }

  ~fixture() override {
    anon_send_exit(environment.accounts->get(), caf::exit_reason::kill);
    anon_send_exit(environment.registry->get(), caf::exit_reason::kill);
    anon_send_exit(environment.node, caf::exit_reason::kill);
    for (auto& x : actors)
      anon_send_exit(x, caf::exit_reason::kill);
    actors.clear();
    session = inspectable_actor{};
    run();
    environment = {};
  }

  inspectable_actor spawn(std::string kind, snapshot_fields fields = {},
    std::vector<inspectable_actor> children = {}) {
    return keep(sys.spawn(fake_actor,
      make_snapshot(std::move(kind), std::move(fields), std::move(children))));
  }

  template <class Handle>
  inspectable_actor keep(Handle x) {
    actors.push_back(x);
    return x;
  }

  void send(std::string line) {
    anon_send(aut, control_request{std::move(line), [this](std::string x) {
                                     answers.push_back(std::move(x));
                                   }});
    consume_messages();
  }

  // The one answer to a request.
  boost::json::object ask(std::string line) {
    answers.clear();
    send(std::move(line));
    CAF_REQUIRE_EQUAL(answers.size(), 1u);
    return boost::json::parse(answers.front()).as_object();
  }

  std::string error_of(std::string line) {
    auto x = ask(std::move(line));
    return x.contains("error") ? std::string{x["error"].as_string().c_str()}
                               : std::string{};
  }

  admin_environment environment;
  admin_actor aut;
  inspectable_actor tracker;
  inspectable_actor session;
  std::shared_ptr<std::vector<session_order>> obeyed =
    std::make_shared<std::vector<session_order>>();
  std::vector<inspectable_actor> actors;
  std::vector<std::string> answers;
  command_list commands = std::make_shared<std::vector<account_command>>();
  text_list ended = std::make_shared<std::vector<std::string>>();
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

// The log goes to a file while it lives.
struct open_log {
  open_log() {
    log_settings x;
    x.level = log_level::error;
    x.output = {
      log_destination::file, false, folder.path() + "/log", 1'000'000, 1};
    CAF_REQUIRE_EQUAL(open_event_log(x), "");
  }
  ~open_log() { close_event_log(); }

  // Events of this name, once the last one is there.
  std::vector<log_record_ptr> events(std::string_view name) {
    log_event(log_level::error, "last", {});
    // Another thread writes.
    auto end = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < end) {
      auto all = recent_log()->newest(1'000, {}).records;
      if (!all.empty() && all.back()->event == "last") {
        std::erase_if(all, [&](auto& x) { return x->event != name; });
        return all;
      }
      std::this_thread::yield();
    }
    CAF_FAIL("the log does not get its last event");
    return {};
  }

  temporary_folder folder;
};

std::string value_of(const log_record& x, std::string_view key) {
  for (auto& [name, value] : x.fields)
    if (name == key)
      return value;
  return {};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(admin_tests, fixture)

CAF_TEST(status names listeners and domains and counts) {
  auto x = ask(R"({"command":"status"})");
  CAF_CHECK_EQUAL(x["version"].as_string(), CAUSEWAY_VERSION);
  CAF_CHECK_EQUAL(x["node"].as_string(), "a");
  CAF_CHECK_EQUAL(x["sessions"].to_number<int>(), 1);
  auto& listener = x["listeners"].as_array().at(0).as_object();
  CAF_CHECK_EQUAL(listener["url"].as_string(), "ws://127.0.0.1:7070/ws/");
  CAF_CHECK_EQUAL(x["domains"].as_array().at(0).as_string(), "localhost");
  auto& counts = x["counters"].as_object();
  CAF_CHECK_EQUAL(counts.size(), counter_count);
  CAF_CHECK_EQUAL(counts["auth_succeeded"].to_number<int>(), 3);
  auto& memory = x["memory"].as_object();
  CAF_CHECK_GREATER(memory["resident"].to_number<std::uint64_t>(), 100'000u);
  // The allocator of AddressSanitizer tells nothing.
#ifndef __SANITIZE_ADDRESS__
  CAF_CHECK_GREATER(memory["heap_used"].to_number<std::uint64_t>(), 100'000u);
#endif
  CAF_CHECK(memory.contains("heap_free"));
}

CAF_TEST(version names the libraries with their versions) {
  auto x = ask(R"({"command":"version"})");
  auto& libraries = x["libraries"].as_object();
  for (auto name : {"caf", "boost", "sqlite", "c-ares", "spdlog", "xerces",
         "openssl", "icu"}) {
    CAF_REQUIRE(libraries.contains(name));
    std::string version{libraries[name].as_string().c_str()};
    CAF_CHECK(!version.empty() && version[0] >= '0' && version[0] <= '9');
  }
}

CAF_TEST(sessions shows one row with the figures of the children) {
  auto x = ask(R"({"command":"sessions"})");
  CAF_REQUIRE_EQUAL(x["sessions"].as_array().size(), 1u);
  auto& row = x["sessions"].as_array().at(0).as_object();
  CAF_CHECK_EQUAL(row["jid"].as_string(), "romeo@localhost/orchard");
  CAF_CHECK_EQUAL(row["address"].as_string(), "127.0.0.1:5000");
  CAF_CHECK_EQUAL(row["state"].as_string(), "established");
  CAF_CHECK(row["secure"].as_bool());
  CAF_CHECK_EQUAL(row["sm"].as_string(), "on");
  CAF_CHECK_EQUAL(row["h_in"].to_number<std::uint64_t>(), 4'294'967'295u);
  CAF_CHECK_EQUAL(row["unacked"].to_number<int>(), 2);
  CAF_CHECK_EQUAL(row["bytes_out"].to_number<int>(), 300);
  CAF_CHECK(row["acked"].is_null());
}

CAF_TEST(what is not UTF - 8 spoils no report) {
  anon_send_exit(environment.node, caf::exit_reason::kill);
  consume_messages();
  environment.node = sys.spawn(fake_actor,
    make_snapshot("node", {{"a", "\xff\x62\xe2\x82"}, {"b", "\u009b"}}));
  aut = sys.spawn(admin, environment);
  auto x = ask(R"({"command":"actors"})");
  auto& fields = x["tree"].as_object()["fields"].as_object();
  CAF_CHECK_EQUAL(fields["a"].as_string(), "\ufffdb\ufffd\ufffd");
  CAF_CHECK_EQUAL(fields["b"].as_string(), "\u009b");
  CAF_CHECK(!has(answers.front(), "\u009b"));
}

CAF_TEST(actors of a kind come with those above them only) {
  auto x = ask(R"({"command":"actors","kind":"tracker"})");
  auto& node = x["tree"].as_object();
  CAF_CHECK_EQUAL(node["kind"].as_string(), "node");
  CAF_REQUIRE_EQUAL(node["children"].as_array().size(), 1u);
  auto& supervisor = node["children"].as_array().at(0).as_object();
  auto& session = supervisor["children"].as_array().at(0).as_object();
  CAF_REQUIRE_EQUAL(session["children"].as_array().size(), 1u);
  auto& leaf = session["children"].as_array().at(0).as_object();
  CAF_CHECK_EQUAL(leaf["kind"].as_string(), "tracker");
  CAF_CHECK_EQUAL(leaf["fields"].as_object()["sm"].as_string(), "on");
}

CAF_TEST(an actor shows with its owner and those that it owns) {
  auto id = std::to_string(session.id());
  auto answer = ask(R"({"command":"actor","id":)" + id + '}');
  auto& x = answer["actor"].as_object();
  CAF_CHECK_EQUAL(x["kind"].as_string(), "session");
  CAF_CHECK_EQUAL(x["node"].as_string(), "a");
  CAF_CHECK_EQUAL(x["restarts"].to_number<int>(), 0);
  CAF_CHECK(x.contains("parent"));
  CAF_CHECK_EQUAL(x["children"].as_array().size(), 2u);
  CAF_CHECK_EQUAL(
    error_of(R"({"command":"actor","id":999999})"), "there is no such actor");
  CAF_CHECK(has(error_of(R"({"command":"actor"})"), "\"id\""));
}

CAF_TEST(only sessions that are wanted are listed) {
  auto count = [this](std::string_view filter) {
    auto x = ask(R"({"command":"sessions",)" + std::string{filter} + '}');
    return x["sessions"].as_array().size();
  };
  CAF_CHECK_EQUAL(count(R"("jid":"romeo@localhost")"), 1u);
  CAF_CHECK_EQUAL(count(R"("jid":"ROMEO@localhost/orchard")"), 1u);
  CAF_CHECK_EQUAL(count(R"("jid":"romeo@*")"), 1u);
  CAF_CHECK_EQUAL(count(R"("jid":"romeo")"), 0u);
  CAF_CHECK_EQUAL(count(R"("domain":"localhost","state":"established")"), 1u);
  CAF_CHECK_EQUAL(count(R"("domain":"example.org")"), 0u);
  CAF_CHECK_EQUAL(count(R"("ip":"127.0.0.0/8")"), 1u);
  CAF_CHECK_EQUAL(count(R"("ip":"127.0.0.2")"), 0u);
  CAF_CHECK_EQUAL(count(R"("state":"parked")"), 0u);
  CAF_CHECK_EQUAL(count(R"("resume":"here")"), 0u);
  CAF_CHECK(
    has(error_of(R"({"command":"sessions","resume":"there"})"), "upstream"));
  CAF_CHECK(
    has(error_of(R"({"command":"sessions","ip":"127.0.0.0/33"})"), "network"));
}

CAF_TEST(a session shows both ends and Stream Management) {
  auto id = std::to_string(session.id());
  auto answer = ask(R"({"command":"session","id":)" + id + '}');
  auto& x = answer["session"].as_object();
  CAF_CHECK_EQUAL(x["jid"].as_string(), "romeo@localhost/orchard");
  auto& client = x["client"].as_object();
  CAF_CHECK_EQUAL(client["address"].as_string(), "127.0.0.1:5000");
  CAF_CHECK_EQUAL(client["bytes_in"].to_number<int>(), 100);
  auto& management = x["sm"].as_object();
  CAF_CHECK_EQUAL(management["unacked"].to_number<int>(), 2);
  CAF_CHECK(management["oldest_unacked"].is_null());
  CAF_CHECK_EQUAL(x["actors"].as_array().size(), 3u);
  CAF_CHECK_EQUAL(
    error_of(R"({"command":"session","id":1})"), "there is no such session");
}

CAF_TEST(orders reach the session and its refusal the operator) {
  auto with = [this](std::string_view rest) {
    return ask(R"({"command":"session","id":)" + std::to_string(session.id())
               + ',' + std::string{rest} + '}');
  };
  auto kicked = with(R"("verb":"kick","text":"go")");
  CAF_CHECK_EQUAL(
    kicked["kicked"].as_object()["jid"].as_string(), "romeo@localhost/orchard");
  CAF_REQUIRE_EQUAL(obeyed->size(), 1u);
  CAF_CHECK(obeyed->front().verb == session_verb::kick);
  CAF_CHECK_EQUAL(obeyed->front().text, "go");
  auto expired = with(R"("verb":"expire")");
  CAF_CHECK_EQUAL(
    expired["error"].as_string(), "the session does not wait for its client");
  // Two stanzas are unacknowledged.
  CAF_CHECK(with(R"("verb":"resend")").contains("resent"));
  CAF_CHECK(obeyed->back().verb == session_verb::resend);
  CAF_CHECK(
    has(std::string{with(R"("verb":"burn")")["error"].as_string().c_str()},
      "kick, park"));
}

CAF_TEST(a trace needs somebody who takes many lines) {
  CAF_CHECK(has(error_of(R"({"command":"trace","jid":"a@b"})"), "many lines"));
  CAF_CHECK(has(error_of(R"({"command":"trace"})"), "one of"));
  CAF_CHECK(
    has(error_of(R"({"command":"trace","jid":"a@b","session":3})"), "one of"));
  CAF_CHECK(
    has(error_of(R"({"command":"trace","jid":"a@b","seconds":0})"), "86400"));
  std::shared_ptr<line_feed> feed;
  auto take = [&feed](std::shared_ptr<line_feed> x) { feed = std::move(x); };
  anon_send(
    aut, control_request{R"({"command":"trace","jid":"romeo@localhost"})",
           [](std::string) {}, "test", control_role::admin, take});
  consume_messages();
  CAF_REQUIRE(feed);
  // It was bound before the trace began.
  auto traces = environment.traces->find(session.id(), "");
  CAF_REQUIRE(traces);
  traces->front()->saw(session.id(), wire_way::to_client, "<a/>");
  CAF_CHECK(has(feed->take(1000), R"("text":"<a/>")"));
}

CAF_TEST(traces leave connections for other commands) {
  std::vector<std::shared_ptr<line_feed>> feeds;
  std::vector<std::string> refused;
  for (std::size_t i = 0; i <= wire_traces::most; ++i)
    anon_send(aut,
      control_request{R"({"command":"trace","ip":"127.0.0.1"})",
        [&](std::string x) { refused.push_back(std::move(x)); }, "test",
        control_role::admin,
        [&](std::shared_ptr<line_feed> x) { feeds.push_back(std::move(x)); }});
  consume_messages();
  CAF_CHECK_EQUAL(feeds.size(), wire_traces::most);
  CAF_REQUIRE_EQUAL(refused.size(), 1u);
  CAF_CHECK(has(refused.front(), "8 traces already"));
  auto log = R"({"command":"session","verb":"trace","id":)"
             + std::to_string(session.id()) + '}';
  CAF_CHECK(has(error_of(log), "8 traces already"));
  feeds.front()->stop();
  CAF_CHECK_EQUAL(error_of(log), "");
}

CAF_TEST(traces of sessions that have ended make way for others) {
  std::set<std::uint64_t> living;
  environment.find_session = [&](std::uint64_t id) {
    return living.contains(id) ? caf::actor_cast<session_actor>(session)
                               : session_actor{};
  };
  aut = sys.spawn(admin, environment);
  auto trace = [this](std::uint64_t id, bool on) {
    return error_of(R"({"command":"session","verb":"trace","id":)"
                    + std::to_string(id) + R"(,"on":)"
                    + (on ? "true}" : "false}"));
  };
  // As the streams of these sessions do while they have not gone yet.
  std::vector<std::shared_ptr<const trace_list>> held;
  auto fill = [&](std::uint64_t first) {
    living.clear();
    for (auto id = first; id < first + wire_traces::most; ++id) {
      living.insert(id);
      CAF_CHECK_EQUAL(trace(id, true), "");
      held.push_back(environment.traces->find(id, ""));
    }
  };
  fill(1);
  living.insert(9);
  CAF_CHECK(has(trace(9, true), "8 traces already"));
  fill(11);
  living.clear();
  CAF_CHECK_EQUAL(trace(11, false), "");
  CAF_CHECK(has(trace(12, false), "no such session"));
  fill(21);
  living.clear();
  std::shared_ptr<line_feed> feed;
  anon_send(aut, control_request{R"({"command":"trace","ip":"127.0.0.1"})",
                   [](std::string) {}, "test", control_role::admin,
                   [&](std::shared_ptr<line_feed> x) { feed = std::move(x); }});
  consume_messages();
  CAF_CHECK(feed);
}

CAF_TEST(a trace that goes to the log ends though its stream keeps silent) {
  environment.log_trace_time = 0ms;
  aut = sys.spawn(admin, environment);
  auto trace = R"({"command":"session","verb":"trace","id":)"
               + std::to_string(session.id());
  CAF_CHECK_EQUAL(error_of(trace + '}'), "");
  trigger_timeouts();
  consume_messages();
  CAF_CHECK(has(error_of(trace + R"(,"on":false})"), "not traced"));
}

CAF_TEST(what people write is in the log for administrators alone) {
  open_log log;
  auto trace = R"({"command":"session","verb":"trace","bodies":true,"id":)"
               + std::to_string(session.id()) + '}';
  CAF_CHECK_EQUAL(error_of(trace), "");
  auto traces = environment.traces->find(session.id(), "");
  CAF_REQUIRE(traces);
  traces->front()->saw(session.id(), wire_way::to_client, "<body>Hist!</body>");
  consume_messages();
  // Whatever the level.
  auto wire = log.events("wire");
  CAF_REQUIRE_EQUAL(wire.size(), 1u);
  CAF_CHECK(wire.front()->level == log_level::trace);
  auto show = [&](control_role role) {
    answers.clear();
    anon_send(aut, control_request{R"({"command":"log","limit":1000})",
                     [this](std::string x) { answers.push_back(std::move(x)); },
                     "test", role});
    consume_messages();
    CAF_REQUIRE_EQUAL(answers.size(), 1u);
    return answers.front();
  };
  CAF_CHECK(has(show(control_role::admin), "Hist!"));
  CAF_CHECK(!has(show(control_role::read_only), "Hist!"));
  CAF_CHECK(has(show(control_role::read_only), "\"audit\""));
}

CAF_TEST(the log cannot be turned down without a trace) {
  open_log log;
  ask(R"({"command":"log_level","component":"inspect","level":"error"})");
  ask(R"({"command":"log_level","component":"inspect","level":"warn"})");
  auto changes = log.events("log_level_changed");
  CAF_REQUIRE_EQUAL(changes.size(), 1u);
  CAF_CHECK_EQUAL(value_of(*changes.front(), "to"), "warn");
  auto audits = log.events("audit");
  CAF_REQUIRE_EQUAL(audits.size(), 2u);
  CAF_CHECK_EQUAL(value_of(*audits.front(), "action"),
    "log_level component=inspect level=error");
}

CAF_TEST(a command that is no good is in the audit log too) {
  open_log log;
  error_of(R"({"command":"account","verb":"burn","jid":"a@b"})");
  error_of(R"({"command":"dance"})");
  error_of("nonsense");
  auto audits = log.events("audit");
  CAF_REQUIRE_EQUAL(audits.size(), 2u);
  CAF_CHECK_EQUAL(value_of(*audits[0], "action"), "account verb=burn jid=a@b");
  CAF_CHECK(has(value_of(*audits[0], "result"), "add, passwd"));
  CAF_CHECK_EQUAL(value_of(*audits[1], "result"), "unknown command \"dance\"");
}

CAF_TEST(top shows the figures of the moment) {
  auto x = ask(R"({"command":"top"})");
  auto& sessions = x["sessions"].as_object();
  CAF_CHECK_EQUAL(sessions["all"].to_number<int>(), 5);
  CAF_CHECK_EQUAL(sessions["parked"].to_number<int>(), 2);
  CAF_CHECK(x["counters"].as_object().contains("stanzas_in"));
  CAF_CHECK_EQUAL(x["state"].as_string(), "running");
}

CAF_TEST(an account is added under its normalised address) {
  auto x = ask(
    R"({"command":"account","verb":"add","jid":"Romeo@LOCALHOST","password":"x y"})");
  CAF_CHECK_EQUAL(x["added"].as_string(), "romeo@localhost");
  CAF_REQUIRE_EQUAL(commands->size(), 1u);
  CAF_CHECK(commands->front().verb == account_verb::add);
  CAF_CHECK_EQUAL(commands->front().local, "romeo");
  CAF_CHECK_EQUAL(commands->front().domain, "localhost");
  CAF_CHECK_EQUAL(commands->front().password, "x y");
  CAF_CHECK(ended->empty());
}

CAF_TEST(removal ends the sessions of the account) {
  auto x =
    ask(R"({"command":"account","verb":"remove","jid":"romeo@localhost"})");
  CAF_CHECK_EQUAL(x["removed"].as_string(), "romeo@localhost");
  CAF_REQUIRE_EQUAL(ended->size(), 1u);
  CAF_CHECK_EQUAL(ended->front(), "romeo@localhost");
}

CAF_TEST(a removal that the store refuses ends no session) {
  CAF_CHECK_EQUAL(
    error_of(
      R"({"command":"account","verb":"remove","jid":"nobody@localhost"})"),
    "there is no such account");
  CAF_CHECK(ended->empty());
}

CAF_TEST(accounts are listed) {
  auto x = ask(R"({"command":"account","verb":"list"})");
  CAF_CHECK_EQUAL(x["accounts"].as_array().size(), 2u);
  CAF_CHECK_EQUAL(commands->front().domain, "");
}

CAF_TEST(bad account commands reach no store) {
  auto with = [this](std::string_view rest) {
    return error_of(R"({"command":"account",)" + std::string{rest} + '}');
  };
  CAF_CHECK(has(with(R"("verb":"add","jid":"a@b","password":"x")"),
    "is no domain of this server"));
  CAF_CHECK(has(
    with(R"("verb":"add","jid":"localhost","password":"x")"), "name@domain"));
  CAF_CHECK(has(with(R"("verb":"add","jid":"a@localhost/r","password":"x")"),
    "name@domain"));
  CAF_CHECK(has(
    with(R"("verb":"add","jid":"@localhost","password":"x")"), "no valid JID"));
  CAF_CHECK(
    has(with(R"("verb":"add","jid":"a@localhost")"), "password is empty"));
  CAF_CHECK(
    has(with(R"("verb":"add","jid":"a@localhost","password":"a\u0000")"),
      "control characters"));
  CAF_CHECK(has(with(R"("verb":"add","jid":"a@localhost","password":")"
                     + std::string(1024, 'x') + '"'),
    "1023"));
  CAF_CHECK(has(with(R"("verb":"burn")"), "add, passwd, remove or list"));
  CAF_CHECK(commands->empty());
}

CAF_TEST(bad requests get an error that says why) {
  CAF_CHECK(has(error_of("nonsense"), "no valid JSON"));
  CAF_CHECK(has(error_of("[]"), "\"command\""));
  CAF_CHECK(has(error_of("{}"), "\"command\""));
  CAF_CHECK(has(error_of(R"({"command":7})"), "\"command\""));
  CAF_CHECK_EQUAL(
    error_of(R"({"command":"dance"})"), "unknown command \"dance\"");
  CAF_CHECK_EQUAL(
    error_of(R"({"command":"status","now":1})"), "unknown key \"now\"");
  CAF_CHECK(has(error_of(R"({"command":"actors","depth":-1})"), "\"depth\""));
  CAF_CHECK(has(error_of(R"({"command":"actors","kind":1})"), "\"kind\""));
}

CAF_TEST(a store that does not answer gets an error in time) {
  auto store = environment.accounts->get();
  anon_send_exit(store, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK(
    has(error_of(R"({"command":"account","verb":"list"})"), "not answer"));
}

CAF_TEST(who may only look changes nothing) {
  auto ask_as_reader = [this](std::string line) {
    answers.clear();
    anon_send(aut, control_request{std::move(line),
                     [this](std::string x) { answers.push_back(std::move(x)); },
                     "token=reader", control_role::read_only});
    consume_messages();
    CAF_REQUIRE_EQUAL(answers.size(), 1u);
    return answers.front();
  };
  CAF_CHECK(
    has(ask_as_reader(
          R"({"command":"account","verb":"remove","jid":"romeo@localhost"})"),
      "needs the role admin"));
  CAF_CHECK(commands->empty());
  CAF_CHECK(has(ask_as_reader(R"({"command":"account","verb":"list"})"),
    "romeo@localhost"));
  CAF_CHECK(has(ask_as_reader(R"({"command":"status"})"), "counters"));
}

CAF_TEST(metrics and health tell of the node) {
  auto text = std::string{
    std::string_view{ask(R"({"command":"metrics"})")["text"].as_string()}};
  CAF_CHECK(has(text, "\ncauseway_auth_total{result=\"success\"} 3\n"));
  CAF_CHECK(
    has(text, "\ncauseway_listener_up{url=\"ws://127.0.0.1:7070/ws/\"} 1\n"));
  auto health = ask(R"({"command":"health"})");
  CAF_CHECK(health["live"].as_bool());
  // The tree of this test has no stores.
  CAF_CHECK(!health["ready"].as_bool());
}

CAF_TEST(the admin ends with its node) {
  caf::strong_actor_ptr ptr = caf::actor_cast<caf::strong_actor_ptr>(aut);
  anon_send_exit(environment.node, caf::exit_reason::kill);
  consume_messages();
  auto* base = caf::actor_cast<caf::abstract_actor*>(ptr);
  CAF_CHECK(base->getf(caf::abstract_actor::is_terminated_flag));
}

#ifdef CAUSEWAY_TEST_HOOKS
CAF_TEST(kill ends the actor and names it) {
  auto x = ask(R"({"command":"kill","kind":"tracker"})");
  auto& victim = x["killed"].as_object();
  CAF_CHECK_EQUAL(victim["id"].to_number<std::uint64_t>(), tracker.id());
  auto next =
    ask(R"({"command":"kill","id":)" + std::to_string(tracker.id()) + '}');
  CAF_CHECK_EQUAL(next["error"].as_string(), "there is no such actor");
}

CAF_TEST(kill wants a kind or an id) {
  CAF_CHECK(has(error_of(R"({"command":"kill"})"), "either"));
  CAF_CHECK(
    has(error_of(R"({"command":"kill","kind":"parser","id":1})"), "either"));
}
#endif

CAF_TEST(the configuration in force is shown with its number) {
  auto x = ask(R"({"command":"config","verb":"show"})");
  CAF_CHECK_EQUAL(x["generation"].to_number<int>(), 7);
  CAF_CHECK(has(x["yaml"].as_string().c_str(), "  maxUnacked: 10000\n"));
  CAF_CHECK(x["refused"].is_null());
  auto status = ask(R"({"command":"status"})");
  CAF_CHECK_EQUAL(
    status["config"].as_object()["generation"].to_number<int>(), 7);
}

CAF_TEST(a command on the configuration is checked) {
  CAF_CHECK_EQUAL(error_of(R"({"command":"config","verb":"eat"})"),
    R"("verb" must be show, reload, check, history or rollback)");
  CAF_CHECK_EQUAL(
    error_of(R"({"command":"config","verb":"reload","file":"x"})"),
    R"(unknown key "file")");
  CAF_CHECK_EQUAL(
    error_of(R"({"command":"config","verb":"rollback","generation":-1})"),
    R"("generation" must be a whole number, 0 or more)");
  CAF_CHECK_EQUAL(error_of(R"({"command":"config","verb":"reload"})"),
    "the configuration store is not running");
}

CAF_TEST_FIXTURE_SCOPE_END()
