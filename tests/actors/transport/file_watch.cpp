#define CAF_SUITE file_watch

#include "actors/transport/file_watch.hpp"

#include <caf/test/dsl.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace causeway;

namespace {

namespace fs = std::filesystem;

struct fixture {
  fixture() {
    std::string name = "/tmp/causeway-watch-XXXXXX";
    folder = fs::canonical(::mkdtemp(name.data())).string();
  }
  ~fixture() { fs::remove_all(folder); }

  /// "FOLDER NAME" below the folder of the test, a line each.
  std::string way(const std::string& name) const {
    std::string out;
    for (auto& x : names_on_the_way(folder + '/' + name)) {
      auto below = x.folder.substr(std::min(folder.size(), x.folder.size()));
      out += (below.empty() ? "/" : below) + ' ' + x.name + '\n';
    }
    return out;
  }

  std::string folder;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(file_watch_tests, fixture)

CAF_TEST(a plain file is a name in its folder) {
  std::ofstream{folder + "/c.yaml"} << "";
  CAF_CHECK_EQUAL(way("c.yaml"), "/ c.yaml\n");
  CAF_CHECK_EQUAL(way("./x/../c.yaml"), "/ x\n");
  fs::create_directory(folder + "/x");
  CAF_CHECK_EQUAL(way("./x/../c.yaml"), "/ c.yaml\n");
}

CAF_TEST(every link on the way counts) {
  fs::create_directories(folder + "/..1");
  std::ofstream{folder + "/..1/c.yaml"} << "";
  fs::create_directory_symlink("..1", folder + "/..data");
  fs::create_symlink("..data/c.yaml", folder + "/c.yaml");
  CAF_CHECK_EQUAL(way("c.yaml"), "/ c.yaml\n/ ..data\n/..1 c.yaml\n");
}

CAF_TEST(a link may lead elsewhere) {
  fs::create_directories(folder + "/other/place");
  std::ofstream{folder + "/other/place/f"} << "";
  fs::create_directory(folder + "/conf");
  fs::create_symlink(folder + "/other/place/f", folder + "/conf/f");
  CAF_CHECK_EQUAL(way("conf/f"), "/conf f\n/other/place f\n");
}

CAF_TEST(the first name that is missing is waited for) {
  CAF_CHECK_EQUAL(way("none/of/these"), "/ none\n");
  fs::create_symlink("gone", folder + "/link");
  CAF_CHECK_EQUAL(way("link"), "/ link\n/ gone\n");
}

CAF_TEST(links in a circle come to an end) {
  fs::create_symlink("b", folder + "/a");
  fs::create_symlink("a", folder + "/b");
  CAF_CHECK(names_on_the_way(folder + "/a").size() < 50);
}

CAF_TEST_FIXTURE_SCOPE_END()
