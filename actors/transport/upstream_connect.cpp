#include "actors/transport/upstream_connect.hpp"

#include "actors/transport/connect_race.hpp"

#include <utility>

namespace causeway {

namespace {

/// What the caller holds.
class race_handle final : public upstream_attempt {
 public:
  explicit race_handle(std::shared_ptr<connect_race> race)
    : race_{std::move(race)} {}
  ~race_handle() override { race_->cancel(); }

 private:
  std::shared_ptr<connect_race> race_;
};

} // namespace

std::unique_ptr<upstream_attempt> connect_upstream(io_threads& threads,
  std::shared_ptr<resolver> names, connect_request request,
  std::function<void(connect_outcome)> done) {
  auto race = std::make_shared<connect_race>(
    threads, std::move(names), std::move(request), std::move(done));
  race->start();
  return std::make_unique<race_handle>(std::move(race));
}

} // namespace causeway
