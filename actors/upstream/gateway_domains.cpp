#include "actors/upstream/gateway_domains.hpp"

#include "actors/stream_settings.hpp"

#include <algorithm>
#include <utility>

namespace causeway {

namespace {

using entries_result =
  protocol::result<std::vector<upstream_entry>, std::string>;

entries_result load_entries(
  const std::string& name, const std::vector<config::upstream>& list) {
  std::vector<upstream_entry> entries;
  for (auto& x : list) {
    upstream_entry entry{x, nullptr};
    if (x.tls != config::upstream_tls::none) {
      auto tls = load_client_tls(x);
      if (!tls)
        return "upstream of " + name + ": " + tls.error();
      entry.tls = *tls;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

upstream_environment_ptr environment_of(const config::configuration& x,
  const std::string& name, io_threads& threads,
  const std::shared_ptr<resolver>& names, std::shared_ptr<counters> count,
  const gateway_domain* before) {
  auto y = std::make_shared<upstream_environment>();
  y->domain = name;
  y->settings = x.gateway;
  y->xml = server_limits_of(x);
  if (before) {
    // Links of both tell the same actor how they fare.
    y->servers = before->parts->environment->servers;
    y->load = before->parts->environment->load;
  } else {
    y->servers = std::make_shared<handle_cell<upstream_actor>>();
    y->load = std::make_shared<endpoint_load>();
  }
  y->count = std::move(count);
  y->connect = [&threads, names](connect_request request,
                 std::function<void(connect_outcome)> done) {
    return connect_upstream(
      threads, names, std::move(request), std::move(done));
  };
  return y;
}

} // namespace

protocol::result<std::vector<gateway_domain>, std::string>
prepare_gateway_domains(const config::configuration& x, io_threads& threads,
  std::shared_ptr<counters> count, const std::vector<gateway_domain>& before) {
  std::vector<gateway_domain> out;
  std::shared_ptr<resolver> names;
  if (!before.empty()
      && before.front().parts->environment->settings.name_servers
           == x.gateway.name_servers)
    names = before.front().parts->names;
  for (auto& name : gateway_domains(x)) {
    if (!names) {
      auto made = make_resolver(threads, x.gateway.name_servers);
      if (!made)
        return "DNS: " + made.error();
      names = *made;
    }
    auto entries = load_entries(name, x.domains.at(name).upstream);
    if (!entries)
      return entries.error();
    auto parts = std::make_shared<upstream_parts>();
    auto old = std::ranges::find(before, name, &gateway_domain::name);
    parts->environment = environment_of(
      x, name, threads, names, count, old == before.end() ? nullptr : &*old);
    parts->entries = std::move(*entries);
    parts->names = names;
    out.push_back({name, std::move(parts)});
  }
  return out;
}

} // namespace causeway
