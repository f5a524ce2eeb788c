#define CAF_SUITE config_store

#include "actors/config_store.hpp"

#include "actors/node_preparation.hpp"
#include "config/load.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

using namespace causeway;

namespace {

/// What the node of a test says, and what it was given.
struct node_script {
  std::vector<config::config_error> errors;
  std::vector<std::shared_ptr<const config::configuration>> applied;
  /// Answers later.
  bool is_slow = false;
  caf::typed_response_promise<config_applied> late;
};

node_actor::behavior_type fake_node(
  node_actor::pointer self, std::shared_ptr<node_script> script) {
  return {
    // Answers what is late.
    [script](stop_request) { script->late.deliver(config_applied{}); },
    [](deadline_reached) {},
    [self, script](const apply_config& x) -> caf::result<config_applied> {
      script->applied.push_back(x.prepared->config);
      if (!script->is_slow)
        return config_applied{script->errors};
      script->late = self->make_response_promise<config_applied>();
      return script->late;
    },
    [](restart_due) {},
    [](inspect_request) { return actor_snapshot{}; },
  };
}

struct fixture : test_coordinator_fixture<> {
  fixture() {
    std::string name = "/tmp/causeway-store-XXXXXX";
    folder = ::mkdtemp(name.data());
    file = folder + "/c.yaml";
    write("{}");
    auto first = std::make_shared<active_config>();
    first->config =
      std::make_shared<const config::configuration>(*config::load_file(file));
    first->source = file;
    first->generation = 4;
    auto active = std::make_shared<config_cell>();
    active->set(first);
    config_text text{"{}", {}};
    auto prepare =
      [this](std::shared_ptr<const config::configuration> x) -> preparation {
      if (!problem.reason.empty())
        return std::vector<config::config_error>{problem};
      auto y = std::make_shared<prepared_config>();
      y->config = std::move(x);
      return prepared_config_ptr{std::move(y)};
    };
    parts = std::make_shared<config_store_parts>(config_store_parts{file,
      active, config_history{folder + "/history"}, text, text, prepare,
      [this](const config::configuration&) {
        return problem.reason.empty()
                 ? std::vector<config::config_error>{}
                 : std::vector<config::config_error>{problem};
      },
      nullptr});
    node = sys.spawn(fake_node, script);
    store = sys.spawn(causeway::config_store, node, parts);
    run();
  }

  ~fixture() override {
    script->late = {};
    anon_send_exit(store, caf::exit_reason::kill);
    anon_send_exit(node, caf::exit_reason::kill);
    store = config_store_actor{};
    node = node_actor{};
    run();
    std::filesystem::remove_all(folder);
  }

  void write(std::string_view text) { std::ofstream{file} << text; }

  template <class Request>
  std::shared_ptr<const reload_report> ask(Request x) {
    std::shared_ptr<const reload_report> out;
    auto answer = self->request(store, caf::infinite, std::move(x));
    run();
    answer.receive([&](const reload_answer& y) { out = y.report; },
      [](const caf::error& e) { CAF_FAIL(to_string(e)); });
    CAF_REQUIRE(out != nullptr);
    return out;
  }

  std::shared_ptr<const reload_report> reload() {
    return ask(reload_request{"test"});
  }

  // Something may have changed.
  void look() {
    anon_send(store, files_changed{});
    run();
  }

  template <class Report>
  std::string first_error(const Report& x) {
    return x.errors.empty() ? std::string{} : to_string(x.errors.front());
  }

  active_config_ptr active() const { return parts->active->get(); }

  std::string folder;
  std::string file;
  /// What `prepare` finds.
  config::config_error problem;
  std::shared_ptr<node_script> script = std::make_shared<node_script>();
  std::shared_ptr<config_store_parts> parts;
  node_actor node;
  config_store_actor store;
  caf::scoped_actor self{sys};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(config_store_tests, fixture)

CAF_TEST(the same text is nothing new) {
  auto report = reload();
  CAF_CHECK(report->accepted);
  CAF_CHECK(!report->changed);
  CAF_CHECK_EQUAL(report->generation, 4u);
  CAF_CHECK(script->applied.empty());
}

CAF_TEST(what is new goes to the node and gets the next number) {
  write("stream: {management: {maxUnacked: 9}}");
  auto report = reload();
  CAF_CHECK(report->accepted);
  CAF_CHECK_EQUAL(report->generation, 5u);
  CAF_REQUIRE_EQUAL(report->changes.size(), 1u);
  CAF_CHECK_EQUAL(report->changes[0].path, "stream.management.maxUnacked");
  CAF_REQUIRE_EQUAL(script->applied.size(), 1u);
  CAF_CHECK(script->applied[0] == active()->config);
  CAF_CHECK_EQUAL(active()->generation, 5u);
  CAF_CHECK_EQUAL(active()->trigger, "test");
  auto text = parts->history.read(5);
  CAF_CHECK_EQUAL(*text, "stream: {management: {maxUnacked: 9}}");
}

CAF_TEST(a comment is a new text and nothing to apply) {
  write("{} # why");
  auto report = reload();
  CAF_CHECK(report->changed);
  CAF_CHECK_EQUAL(report->generation, 5u);
  CAF_CHECK(script->applied.empty());
}

CAF_TEST(keys that need a restart keep their values) {
  write("node: {threads: 3, name: x}");
  auto report = reload();
  CAF_CHECK(report->changes.empty());
  CAF_CHECK_EQUAL(report->waiting.size(), 2u);
  CAF_CHECK_EQUAL(active()->config->node.threads, 0u);
  CAF_CHECK_EQUAL(active()->waiting.size(), 2u);
  write("node: {threads: 3}");
  CAF_CHECK_EQUAL(reload()->waiting.size(), 1u);
  write("{}");
  reload();
  CAF_CHECK(active()->waiting.empty());
}

CAF_TEST(a bad file changes nothing and says all that is wrong) {
  write("node: {threads: many}\nloud: yes");
  auto report = reload();
  CAF_CHECK(!report->accepted);
  CAF_CHECK_EQUAL(report->errors.size(), 2u);
  CAF_CHECK_EQUAL(report->generation, 4u);
  CAF_CHECK_EQUAL(active()->generation, 4u);
  CAF_CHECK(active()->file_differs);
  CAF_REQUIRE(active()->refused != nullptr);
  CAF_CHECK_EQUAL(active()->refused->errors.size(), 2u);
  CAF_CHECK(script->applied.empty());
  write("{}");
  reload();
  CAF_CHECK(active()->refused == nullptr);
  CAF_CHECK(!active()->file_differs);
}

CAF_TEST(what cannot be prepared is told with its place) {
  write("websocket:\n  maxMessage: 300KiB\nlisteners:\n"
        "  - address: 127.0.0.1:1\n    tls: development");
  problem = {{}, 0, 0, "listeners[0].tls", "no key"};
  CAF_CHECK_EQUAL(
    first_error(*reload()), file + ":5:10: listeners[0].tls: no key");
  CAF_CHECK(script->applied.empty());
  CAF_CHECK_EQUAL(active()->generation, 4u);
}

CAF_TEST(what the node refuses is told with its place) {
  write("listeners:\n  - address: 127.0.0.1:1");
  script->errors = {{{}, 0, 0, "listeners[0].address", "in use"}};
  auto before = active()->config;
  CAF_CHECK_EQUAL(
    first_error(*reload()), file + ":2:14: listeners[0].address: in use");
  CAF_CHECK(active()->config == before);
  CAF_CHECK(parts->history.list().empty());
}

CAF_TEST(one reload waits for another) {
  script->is_slow = true;
  write("stream: {management: {maxUnacked: 8}}");
  anon_send(store, reload_request{"first"});
  run();
  CAF_CHECK_EQUAL(script->applied.size(), 1u);
  write("stream: {management: {maxUnacked: 9}}");
  anon_send(store, reload_request{"second"});
  run();
  CAF_CHECK_EQUAL(script->applied.size(), 1u);
  script->is_slow = false;
  anon_send(node, stop_request{});
  run();
  CAF_CHECK_EQUAL(script->applied.size(), 2u);
  CAF_CHECK_EQUAL(active()->generation, 6u);
  CAF_CHECK_EQUAL(active()->config->stream.management.max_unacked, 9u);
}

CAF_TEST(a change of the file is reloaded once) {
  write("stream: {management: {maxUnacked: 9}}");
  anon_send(store, files_changed{});
  run();
  CAF_CHECK_EQUAL(active()->generation, 5u);
  CAF_CHECK_EQUAL(active()->trigger, "file");
  anon_send(store, files_changed{});
  run();
  CAF_CHECK_EQUAL(active()->generation, 5u);
  write("no: key");
  for (auto i = 0; i < 3; ++i)
    anon_send(store, files_changed{});
  run();
  auto refused = active()->refused;
  CAF_REQUIRE(refused != nullptr);
  anon_send(store, files_changed{});
  run();
  CAF_CHECK(active()->refused == refused);
}

CAF_TEST(a file that is gone changes nothing) {
  std::filesystem::remove(file);
  anon_send(store, files_changed{});
  run();
  CAF_CHECK_EQUAL(active()->generation, 4u);
  CAF_REQUIRE(active()->refused != nullptr);
  write("{}");
  anon_send(store, files_changed{});
  run();
  CAF_CHECK_EQUAL(active()->generation, 4u);
  CAF_CHECK(active()->refused == nullptr);
}

CAF_TEST(a bad file that comes back is refused again) {
  write("no: key");
  look();
  CAF_REQUIRE(active()->refused != nullptr);
  auto reason = to_string(active()->refused->errors.front());
  std::filesystem::remove(file);
  look();
  CAF_REQUIRE(active()->refused != nullptr);
  CAF_CHECK_NOT_EQUAL(to_string(active()->refused->errors.front()), reason);
  write("no: key");
  look();
  CAF_REQUIRE(active()->refused != nullptr);
  CAF_CHECK_EQUAL(to_string(active()->refused->errors.front()), reason);
  CAF_CHECK_EQUAL(active()->generation, 4u);
}

CAF_TEST(a bad file beside it is told of again when the file comes back) {
  auto key = folder + "/s.key";
  std::ofstream{key} << "one";
  write("stream: {management: {keys: [s.key]}}");
  look();
  CAF_REQUIRE(active()->refused == nullptr);
  std::ofstream{key} << "two";
  problem.reason = "a bad key";
  look();
  CAF_REQUIRE(active()->refused != nullptr);
  std::filesystem::remove(file);
  look();
  write("stream: {management: {keys: [s.key]}}");
  look();
  CAF_REQUIRE(active()->refused != nullptr);
  CAF_CHECK(
    first_error(*active()->refused).find("a bad key") != std::string::npos);
  problem.reason.clear();
  std::ofstream{key} << "three";
  look();
  CAF_CHECK(active()->refused == nullptr);
}

CAF_TEST(a file is back although a reload alone saw it gone) {
  std::filesystem::remove(file);
  CAF_CHECK(!reload()->accepted);
  CAF_CHECK(active()->refused != nullptr);
  write("{}");
  look();
  CAF_CHECK(active()->refused == nullptr);
}

CAF_TEST(another reason why the file cannot be read is told) {
  std::filesystem::remove(file);
  look();
  CAF_REQUIRE(active()->refused != nullptr);
  auto gone = active()->refused;
  look();
  CAF_CHECK(active()->refused == gone);
  std::filesystem::create_directory(file);
  look();
  CAF_CHECK_NOT_EQUAL(first_error(*active()->refused), first_error(*gone));
  CAF_CHECK(active()->refused != gone);
}

CAF_TEST(a rollback does not hide that the file is gone) {
  for (auto text : {"stream: {management: {maxUnacked: 9}}", "{}"}) {
    write(text);
    reload();
  }
  std::filesystem::remove(file);
  look();
  CAF_CHECK(ask(rollback_request{})->accepted);
  CAF_CHECK(active()->refused != nullptr);
  CAF_CHECK(active()->file_differs);
}

CAF_TEST(a reload sees that the file is back) {
  std::filesystem::remove(file);
  look();
  write("no: key");
  reload();
  auto refused = active()->refused;
  look();
  CAF_CHECK(active()->refused == refused);
}

CAF_TEST(another content of a named file is a change) {
  auto key = folder + "/s.key";
  std::ofstream{key} << "one";
  write("stream: {management: {keys: [s.key]}}");
  reload();
  auto before = active()->generation;
  script->applied.clear();
  std::ofstream{key} << "two";
  auto report = reload();
  CAF_CHECK(report->changed);
  CAF_CHECK(report->changes.empty());
  CAF_REQUIRE_EQUAL(report->files.size(), 1u);
  CAF_CHECK_EQUAL(report->files[0], key);
  CAF_CHECK_EQUAL(active()->generation, before + 1);
  CAF_CHECK_EQUAL(script->applied.size(), 1u);
}

CAF_TEST(a rollback holds until the file changes) {
  write("stream: {management: {maxUnacked: 8}}");
  reload();
  write("stream: {management: {maxUnacked: 9}}");
  reload();
  auto report = ask(rollback_request{});
  CAF_CHECK(report->accepted);
  CAF_CHECK_EQUAL(active()->generation, 7u);
  CAF_CHECK_EQUAL(active()->trigger, "rollback to 5");
  CAF_CHECK_EQUAL(active()->config->stream.management.max_unacked, 8u);
  CAF_CHECK(active()->file_differs);
  anon_send(store, files_changed{});
  run();
  CAF_CHECK_EQUAL(active()->generation, 7u);
  write("stream: {management: {maxUnacked: 7}}");
  anon_send(store, files_changed{});
  run();
  CAF_CHECK_EQUAL(active()->generation, 8u);
  CAF_CHECK(!active()->file_differs);
  CAF_CHECK_EQUAL(first_error(*ask(rollback_request{99})),
    "generation 99 is not in the history");
}

CAF_TEST(a rollback holds while certificates are renewed) {
  auto key = folder + "/s.key";
  auto renew = [&](std::string_view text) {
    std::ofstream{key} << text;
    anon_send(store, files_changed{});
    run();
  };
  std::ofstream{key} << "one";
  write("stream: {management: {keys: [s.key], maxUnacked: 8}}");
  reload();
  write("stream: {management: {keys: [s.key], maxUnacked: 9}}");
  reload();
  ask(rollback_request{});
  renew("two");
  CAF_CHECK_EQUAL(active()->generation, 8u);
  CAF_CHECK_EQUAL(active()->trigger, "file");
  CAF_CHECK_EQUAL(active()->config->stream.management.max_unacked, 8u);
  CAF_CHECK(active()->file_differs);
  // One of two files is new, and does not fit the other.
  problem = {{}, 0, 0, "stream.management.keys", "no match"};
  renew("three");
  CAF_CHECK(active()->refused != nullptr);
  problem = {};
  renew("four");
  CAF_CHECK_EQUAL(active()->generation, 9u);
  CAF_CHECK_EQUAL(active()->config->stream.management.max_unacked, 8u);
  // Gone for a moment.
  std::filesystem::rename(file, file + "~");
  anon_send(store, files_changed{});
  run();
  CAF_CHECK(active()->refused != nullptr);
  std::filesystem::rename(file + "~", file);
  anon_send(store, files_changed{});
  run();
  CAF_CHECK(active()->refused == nullptr);
  CAF_CHECK_EQUAL(active()->config->stream.management.max_unacked, 8u);
}

CAF_TEST(new files of what is in force count beside a refused text) {
  auto key = folder + "/s.key";
  std::ofstream{key} << "one";
  write("stream: {management: {keys: [s.key], maxUnacked: 8}}");
  reload();
  write("no: key");
  anon_send(store, files_changed{});
  run();
  auto before = active()->generation;
  script->applied.clear();
  std::ofstream{key} << "two";
  anon_send(store, files_changed{});
  run();
  CAF_CHECK_EQUAL(active()->generation, before + 1);
  CAF_REQUIRE_EQUAL(script->applied.size(), 1u);
  CAF_CHECK_EQUAL(script->applied[0]->stream.management.max_unacked, 8u);
  CAF_CHECK(active()->refused != nullptr);
}

CAF_TEST(a text that was refused for a file comes into force with it) {
  write("stream: {management: {keys: [s.key]}}");
  anon_send(store, files_changed{});
  run();
  CAF_REQUIRE(active()->refused != nullptr);
  std::ofstream{folder + "/s.key"} << "one";
  anon_send(store, files_changed{});
  run();
  CAF_CHECK(active()->refused == nullptr);
  CAF_CHECK_EQUAL(active()->config->stream.management.keys.size(), 1u);
}

CAF_TEST(an empty file asks for nothing) {
  write("stream: {management: {maxUnacked: 8}}");
  reload();
  write("\n");
  CAF_CHECK_EQUAL(
    first_error(*reload()), file + ": is empty; {} asks for the defaults");
  CAF_CHECK_EQUAL(active()->config->stream.management.max_unacked, 8u);
}

CAF_TEST(what waits for a restart is checked as well) {
  write("admin: {http: 127.0.0.1:9070}");
  problem = {{}, 0, 0, "admin", "a token file is missing"};
  CAF_CHECK_EQUAL(
    first_error(*reload()), file + ":1:8: admin: a token file is missing");
  CAF_CHECK(active()->waiting.empty());
}

CAF_TEST(errors of a rollback name the generation) {
  write("stream: {management: {maxUnacked: 8}}");
  reload();
  write("stream: {management: {maxUnacked: 9}}");
  reload();
  script->errors = {{{}, 0, 0, "stream.management.maxUnacked", "no"}};
  CAF_CHECK_EQUAL(first_error(*ask(rollback_request{})),
    "generation 5:1:35: stream.management.maxUnacked: no");
}

CAF_TEST(a check changes nothing) {
  write("stream: {management: {maxUnacked: 8}}\nnode: {threads: 3}");
  auto report = ask(config_check{});
  CAF_CHECK(report->accepted);
  CAF_CHECK(report->changed);
  CAF_CHECK_EQUAL(report->changes.size(), 1u);
  CAF_CHECK_EQUAL(report->waiting.size(), 1u);
  CAF_CHECK_EQUAL(active()->generation, 4u);
  CAF_CHECK(script->applied.empty());
  auto other = ask(config_check{folder + "/none.yaml"});
  CAF_CHECK(!other->accepted);
  CAF_CHECK(first_error(*other).find("cannot open") != std::string::npos);
  problem = {{}, 0, 0, "stream.management.maxUnacked", "bad"};
  CAF_CHECK_EQUAL(first_error(*ask(config_check{})),
    file + ":1:35: stream.management.maxUnacked: bad");
}

CAF_TEST(a check under another name of the folder invents no change) {
  namespace fs = std::filesystem;
  // As of a server that was started with a relative name.
  auto own = fs::relative(file).string();
  write("node: {data: ./data}");
  auto x = std::make_shared<active_config>(*active());
  x->config =
    std::make_shared<const config::configuration>(*config::load_file(own));
  parts->active->set(x);
  parts->file = own;
  auto report = ask(config_check{file});
  CAF_CHECK(report->accepted);
  CAF_CHECK(report->changes.empty());
  CAF_CHECK(report->waiting.empty());
  fs::copy_file(file, folder + "/d.yaml");
  CAF_CHECK(ask(config_check{folder + "/d.yaml"})->waiting.empty());
  // Errors bear the name that was asked for.
  write("node: 7");
  CAF_CHECK(first_error(*ask(config_check{file})).starts_with(file));
}

CAF_TEST(without a file there is nothing to reload) {
  parts->file.clear();
  auto report = reload();
  CAF_CHECK(!report->accepted);
  CAF_CHECK(first_error(*report).find("there is no configuration file") == 0);
}

CAF_TEST(the next store goes on where one died) {
  write("stream: {management: {maxUnacked: 8}}");
  reload();
  anon_send_exit(store, caf::exit_reason::kill);
  run();
  store = sys.spawn(causeway::config_store, node, parts);
  CAF_CHECK(!reload()->changed);
  CAF_CHECK_EQUAL(active()->generation, 5u);
}

CAF_TEST_FIXTURE_SCOPE_END()
