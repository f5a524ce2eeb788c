#include "actors/upstream/srv_order.hpp"

#include <algorithm>
#include <map>

namespace causeway {

namespace {

using records = std::vector<srv_record>;
using draw_function = std::function<std::uint32_t(std::uint32_t n)>;

/// The records of one service and one priority.
struct group {
  config::upstream_tls mode;
  records members;
};

/// Takes one record, as likely as its weight says.
srv_record take_one(records& from, const draw_function& draw) {
  std::uint32_t sum = 0;
  for (const auto& record : from)
    sum += record.weight;
  auto chosen = draw(sum + 1);
  std::uint32_t running = 0;
  auto found = std::ranges::find_if(from, [&](const auto& record) {
    running += record.weight;
    return running >= chosen;
  });
  auto result = std::move(*found);
  from.erase(found);
  return result;
}

void append(
  std::vector<srv_endpoint>& list, group from, const draw_function& draw) {
  // Those without weight come first, so that only a draw of 0 hits them.
  std::ranges::stable_partition(
    from.members, [](const auto& record) { return record.weight == 0; });
  while (!from.members.empty()) {
    auto record = take_one(from.members, draw);
    list.push_back({std::move(record.target), record.port, from.mode});
  }
}

} // namespace

protocol::result<std::vector<srv_endpoint>, service_not_offered> order_srv(
  records direct, records starttls, const draw_function& draw) {
  auto offered = direct.empty() && starttls.empty();
  // The key sorts by priority, then direct TLS first.
  std::map<std::pair<std::uint16_t, int>, group> groups;
  auto sort_in = [&](records& from, int rank, config::upstream_tls mode) {
    for (auto& record : from) {
      if (record.target == ".")
        continue;
      auto key = std::pair{record.priority, rank};
      groups.try_emplace(key, group{mode, {}})
        .first->second.members.push_back(std::move(record));
      offered = true;
    }
  };
  sort_in(direct, 0, config::upstream_tls::direct);
  sort_in(starttls, 1, config::upstream_tls::starttls);
  if (!offered)
    return service_not_offered{};
  std::vector<srv_endpoint> list;
  for (auto& [key, group] : groups)
    append(list, std::move(group), draw);
  return list;
}

} // namespace causeway
