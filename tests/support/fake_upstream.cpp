#include "tests/support/fake_upstream.hpp"

namespace causeway::test {

std::shared_ptr<const upstream_parts> make_upstream_parts(std::string domain,
  std::vector<upstream_entry> entries, fake_connector& connector,
  std::shared_ptr<counters> count) {
  auto environment = std::make_shared<upstream_environment>();
  environment->domain = std::move(domain);
  environment->servers = std::make_shared<handle_cell<upstream_actor>>();
  environment->load = std::make_shared<endpoint_load>();
  environment->count = std::move(count);
  environment->connect = connector.function();
  auto parts = std::make_shared<upstream_parts>();
  parts->environment = std::move(environment);
  parts->entries = std::move(entries);
  return parts;
}

} // namespace causeway::test
