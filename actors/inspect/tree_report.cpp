#include "actors/inspect/json_writer.hpp"
#include "actors/inspect/status_report.hpp"

#include <algorithm>
#include <vector>

namespace causeway {

namespace {

/// About what an actor takes in a report.
constexpr std::size_t actor_size = 400;

double busy_seconds(const actor_tree_node& x, const report_context& context) {
  auto known = context.busy.find(x.self.id);
  return x.self.busy + (known == context.busy.end() ? 0 : known->second);
}

// Which actors are of this kind, or above one that is.
std::vector<bool> mark_wanted(const actor_tree& tree, std::string_view kind) {
  std::vector<bool> out(tree.nodes.size());
  // Whoever was named by another stands behind it.
  for (auto i = out.size(); i-- > 0;) {
    auto& x = tree.nodes[i];
    out[i] = kind.empty() || x.self.kind == kind
             || std::ranges::any_of(x.children, [&](auto j) { return out[j]; });
  }
  return out;
}

void write_facts(
  json_writer& out, const actor_tree_node& x, const report_context& context) {
  out.member("id", x.self.id);
  out.member("kind", x.self.kind);
  out.member("node", context.node);
  out.member("restarts", x.restarts);
  out.member("busy", busy_seconds(x, context));
  if (x.self.parent != 0)
    out.member("parent", x.self.parent);
  auto age = x.age;
  auto known = context.stuck.find(x.self.id);
  // It may have recovered since.
  if (x.silent && known != context.stuck.end())
    age = std::max(age, known->second.seconds());
  out.member("age", age);
  if (x.silent)
    out.member("silent", true);
  if (age >= context.stuck_after) {
    out.member("stuck", true);
    out.member("how",
      to_string(
        known == context.stuck.end() ? stuck_how::waiting : known->second.how));
  }
  auto& error = x.self.last_error.empty() ? x.last_failure : x.self.last_error;
  if (!error.empty())
    out.member("last_error", error);
  if (x.silent)
    return;
  out.member("state", x.self.state);
  out.member("uptime", x.self.uptime);
  out.member("handled", x.self.handled);
  out.member("mailbox", x.self.mailbox);
  out.key("fields");
  out.begin_object();
  for (auto f : x.self.fields)
    out.member(f.name, f.value);
  out.end_object();
}

// The inspection bounds the depth.
void write_branch(json_writer& out, const actor_tree& tree, std::size_t at,
  const std::vector<bool>& wanted, const report_context& context) {
  auto& x = tree.nodes[at];
  out.begin_object();
  write_facts(out, x, context);
  if (std::ranges::any_of(x.children, [&](auto i) { return wanted[i]; })) {
    out.key("children");
    out.begin_array();
    for (auto i : x.children)
      if (wanted[i])
        write_branch(out, tree, i, wanted, context);
    out.end_array();
  }
  if (x.left_out > 0)
    out.member("left_out", x.left_out);
  out.end_object();
}

} // namespace

void write_actor(
  json_writer& out, const actor_tree_node& x, const report_context& context) {
  out.begin_object();
  write_facts(out, x, context);
  out.end_object();
}

std::string actors_report(const actor_tree& tree, std::string_view kind,
  const report_context& context) {
  auto wanted = mark_wanted(tree, kind);
  json_writer out{
    actor_size * static_cast<std::size_t>(std::ranges::count(wanted, true))};
  out.begin_object();
  out.key("tree");
  if (wanted.front()) {
    write_branch(out, tree, 0, wanted, context);
  } else {
    out.begin_object();
    out.end_object();
  }
  out.end_object();
  return out.take();
}

std::string actor_report(const actor_tree& tree, const actor_tree_node& x,
  const report_context& context) {
  json_writer out;
  out.begin_object();
  out.key("actor");
  out.begin_object();
  write_facts(out, x, context);
  out.key("children");
  out.begin_array();
  for (auto i : x.children)
    write_actor(out, tree.nodes[i], context);
  out.end_array();
  out.end_object();
  out.end_object();
  return out.take();
}

} // namespace causeway
