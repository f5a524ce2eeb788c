#include "actors/inspect/status_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace causeway {

namespace {

namespace json = boost::json;

double busy_seconds(const actor_tree_node& x, const report_context& context) {
  auto known = context.busy.find(x.self.id);
  return x.self.busy + (known == context.busy.end() ? 0 : known->second);
}

// The actor with those below it that are wanted; empty if nothing is. The
// inspection bounds the depth.
json::object describe_branch(const actor_tree& tree, const actor_tree_node& x,
  std::string_view kind, const report_context& context) {
  json::array children;
  for (auto i : x.children) {
    auto child = describe_branch(tree, tree.nodes[i], kind, context);
    if (!child.empty())
      children.emplace_back(std::move(child));
  }
  if (!kind.empty() && x.self.kind != kind && children.empty())
    return {};
  auto out = describe_actor(x, context);
  if (!children.empty())
    out["children"] = std::move(children);
  if (x.left_out > 0)
    out["left_out"] = x.left_out;
  return out;
}

} // namespace

json::object describe_actor(
  const actor_tree_node& x, const report_context& context) {
  json::object out{{"id", x.self.id}, {"kind", x.self.kind},
    {"node", context.node}, {"restarts", x.restarts},
    {"busy", busy_seconds(x, context)}};
  if (x.self.parent != 0)
    out["parent"] = x.self.parent;
  auto age = x.age;
  auto known = context.stuck.find(x.self.id);
  // It may have recovered since.
  if (x.silent && known != context.stuck.end())
    age = std::max(age, known->second.seconds());
  out["age"] = age;
  if (x.silent)
    out["silent"] = true;
  if (age >= context.stuck_after) {
    out["stuck"] = true;
    out["how"] = to_string(
      known == context.stuck.end() ? stuck_how::waiting : known->second.how);
  }
  auto& error = x.self.last_error.empty() ? x.last_failure : x.self.last_error;
  if (!error.empty())
    out["last_error"] = error;
  if (x.silent)
    return out;
  json::object fields;
  for (auto& f : x.self.fields)
    fields[f.name] = f.value;
  out["state"] = x.self.state;
  out["uptime"] = x.self.uptime;
  out["handled"] = x.self.handled;
  out["mailbox"] = x.self.mailbox;
  out["fields"] = std::move(fields);
  return out;
}

json::object actors_report(const actor_tree& tree, std::string_view kind,
  const report_context& context) {
  if (tree.nodes.empty())
    return error_report("the node is ending");
  json::object out;
  out["tree"] = describe_branch(tree, tree.nodes.front(), kind, context);
  return out;
}

json::object actor_report(const actor_tree& tree, const actor_tree_node& x,
  const report_context& context) {
  auto out = describe_actor(x, context);
  json::array children;
  for (auto i : x.children)
    children.emplace_back(describe_actor(tree.nodes[i], context));
  out["children"] = std::move(children);
  return {{"actor", std::move(out)}};
}

} // namespace causeway
