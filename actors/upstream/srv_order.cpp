#include "actors/upstream/srv_order.hpp"

#include <algorithm>
#include <map>

namespace causeway {

namespace {

using records = std::vector<srv_record>;
using wanted_function = std::function<double(const srv_record&)>;

/// The records of one service and one priority.
struct group {
  config::upstream_tls mode;
  records members;
};

void append(
  std::vector<srv_endpoint>& list, group from, const wanted_function& wanted) {
  std::ranges::stable_sort(from.members, std::greater{}, wanted);
  for (auto& record : from.members)
    list.push_back({std::move(record.target), record.port, from.mode});
}

} // namespace

protocol::result<std::vector<srv_endpoint>, service_not_offered> order_srv(
  records direct, records starttls, const wanted_function& wanted) {
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
    append(list, std::move(group), wanted);
  return list;
}

} // namespace causeway
