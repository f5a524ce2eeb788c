/// The commands that look at actors.
#include "tools/ctl/command_line.hpp"
#include "tools/ctl/tree_view.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace causeway::ctl {

namespace {

namespace json = boost::json;

/// Rows of `--top` unless another number is given.
constexpr std::uint64_t top_rows = 20;

// Shows the tree, from the second look on with the rates since the last.
std::function<std::string(const json::object&)> live_tree(
  tree_options options) {
  using clock = std::chrono::steady_clock;
  struct last_look {
    actor_looks figures;
    clock::time_point time;
  };
  return [options = std::move(options), last = std::make_shared<last_look>()](
           const json::object& answer) mutable {
    last_look now{figures_by_id(answer), clock::now()};
    std::chrono::duration<double> passed = now.time - last->time;
    options.rates = rates_between(last->figures, now.figures, passed.count());
    *last = std::move(now);
    return show_actors(answer, options);
  };
}

void add_one_actor(CLI::App& app, command_line& x) {
  auto* actor =
    app.add_subcommand("actor", "One actor: its snapshot and its children");
  actor->add_option("ID", x.id, "As `actors` shows it")->required();
  add_watch(*actor, x);
  actor->callback([&x] {
    x.job.request = {{"command", "actor"}, {"id", x.id}};
    x.job.show = show_actor;
  });
}

} // namespace

void add_watch(CLI::App& command, command_line& x) {
  command.add_option("--watch", x.watch, "Ask again every so many seconds")
    ->type_name("SECONDS")
    ->check(CLI::Range(0.1, 86'400.0));
}

void add_actors(CLI::App& app, command_line& x) {
  auto* actors =
    app.add_subcommand("actors", "The tree of actors with their counters");
  actors->footer(
    "OLDEST is how long the oldest message has waited, BUSY the processor "
    "time in seconds, from samples. Actors that do not answer within half a "
    "second show as silent, and as stuck where that goes on.");
  actors->add_option("--kind", x.kind, "Only actors of this kind")
    ->type_name("KIND");
  auto* tree = actors->add_flag("--tree", x.tree, "Draw a tree (default)");
  actors->add_flag("--flat", x.flat, "Draw a plain list")->excludes(tree);
  auto* top = actors
                ->add_option("--top", x.most,
                  "Only the busiest of the last second, so many")
                ->type_name("ROWS")
                ->expected(0, 1)
                ->default_str(std::to_string(top_rows))
                ->excludes(tree);
  actors->add_option("--sort", x.order, "Order of a plain list, most first")
    ->check(CLI::IsMember({"busy", "handled", "mailbox", "age", "restarts"}))
    ->excludes(tree);
  actors->add_option("--depth", x.depth, "Levels below the root")
    ->capture_default_str();
  actors->add_option("--limit", x.limit, "Most children shown of one actor")
    ->capture_default_str();
  add_watch(*actors, x);
  actors->callback([&x, top] {
    auto is_top = top->count() > 0;
    if (is_top && x.order.empty())
      x.order = "busy";
    tree_options options;
    options.flat = x.flat || is_top || !x.order.empty();
    options.kind = x.kind;
    options.order = x.order;
    options.most = x.most;
    x.job.twice = is_top;
    x.job.request = {{"command", "actors"}, {"kind", x.kind},
      {"depth", x.depth}, {"limit", x.limit}};
    x.job.show = live_tree(std::move(options));
  });
  add_one_actor(app, x);
}

void add_top(CLI::App& app, command_line& x) {
  auto* top = app.add_subcommand(
    "top", "A live view: sessions, rates, processor, busiest actors");
  top->footer("Keys: q quits; b, r, m, o, k, i sort by busy time, rate, "
              "mailbox, oldest message, kind, id; blank asks at once. Without "
              "a terminal one view is printed.");
  top->add_option("--interval", x.top.interval, "Seconds between two looks")
    ->check(CLI::Range(0.2, 3'600.0))
    ->capture_default_str();
  top->add_option("--actors", x.top.actors, "Most actors shown")
    ->check(CLI::Range(1, 1'000))
    ->capture_default_str();
  top
    ->add_option("--sort", x.order,
      "busy, rate, mailbox, oldest, kind or id (default: busy)")
    ->check(CLI::IsMember({"busy", "rate", "mailbox", "oldest", "kind", "id"}));
  top->add_flag("--once", x.top.once, "Print one view");
  top->callback([&x] {
    if (!x.order.empty())
      x.top.order = *order_of_key(x.order.front());
    x.instead = [&x] {
      x.top.socket = x.job.socket;
      x.top.as_json = x.job.as_json;
      return run_top(x.top);
    };
  });
}

} // namespace causeway::ctl
