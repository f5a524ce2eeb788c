#include "actors/transport/dns_resolver.hpp"

#include "actors/transport/dns_channel.hpp"
#include "actors/transport/io_threads.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

namespace causeway {

namespace net = boost::asio;

namespace {

class dns_resolver : public resolver {
 public:
  explicit dns_resolver(std::shared_ptr<dns_channel> channel)
    : channel_{std::move(channel)} {}

  ~dns_resolver() override {
    net::post(channel_->executor(), [channel = channel_] { channel->close(); });
  }

  void find_srv(
    std::string name, std::function<void(srv_answer)> done) override {
    net::post(channel_->executor(), [channel = channel_, name = std::move(name),
                                      done = std::move(done)]() mutable {
      channel->find_srv(name, std::move(done));
    });
  }

  void find_host(
    std::string name, std::function<void(host_answer)> done) override {
    boost::system::error_code error;
    auto address = net::ip::make_address(name, error);
    if (!error)
      net::post(channel_->executor(),
        [text = address.to_string(), done = std::move(done)] {
          done(std::vector{text});
        });
    else
      net::post(
        channel_->executor(), [channel = channel_, name = std::move(name),
                                done = std::move(done)]() mutable {
          channel->find_host(name, std::move(done));
        });
  }

 private:
  std::shared_ptr<dns_channel> channel_;
};

} // namespace

protocol::result<std::shared_ptr<resolver>, std::string> make_dns_resolver(
  io_threads& threads, const std::vector<std::string>& name_servers,
  const dns_limits& limits) {
  auto channel = std::make_shared<dns_channel>(threads.context());
  auto error = channel->open(name_servers, limits);
  if (!error.empty())
    return "cannot ask name servers: " + error;
  return std::shared_ptr<resolver>{std::make_shared<dns_resolver>(channel)};
}

protocol::result<std::shared_ptr<resolver>, std::string> make_resolver(
  io_threads& threads, const std::vector<std::string>& name_servers) {
  return make_dns_resolver(threads, name_servers, {});
}

} // namespace causeway
