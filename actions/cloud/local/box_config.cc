#include "actions/cloud/local/box_config.h"

namespace foehn::cloud::local {

Value to_value(const BoxConfig& config) {
  return Value{{"kind", config.kind == BoxKind::kNamespaces ? "namespaces" : "process"},
               {"name", config.name},
               {"overcloud_id", config.overcloud_id},
               {"directory", config.directory},
               {"netns", config.netns},
               {"ip", config.ip},
               {"port", config.port},
               {"user", config.user},
               {"public_key", config.public_key},
               {"sandbox", config.sandbox},
               {"masks", config.masks}};
}

Result<BoxConfig> box_config_from(const Value& value) {
  BoxConfig config;
  const std::string kind = text_or(value, "kind");
  if (kind != "namespaces" && kind != "process")
    return fail(ErrorCode::kInvalidArgument, "box configuration: kind must be namespaces or process");
  config.kind = kind == "namespaces" ? BoxKind::kNamespaces : BoxKind::kProcess;
  config.name = text_or(value, "name");
  config.overcloud_id = text_or(value, "overcloud_id");
  config.directory = text_or(value, "directory");
  config.netns = text_or(value, "netns");
  config.ip = text_or(value, "ip");
  config.user = text_or(value, "user");
  config.public_key = text_or(value, "public_key");
  config.sandbox = text_or(value, "sandbox");
  const Value* port = find(value, "port");
  if (port && port->is_number_integer()) config.port = port->get<std::uint16_t>();
  if (const Value* masks = find(value, "masks"); masks && masks->is_array())
    for (const auto& mask : *masks)
      if (mask.is_string()) config.masks.push_back(mask.get<std::string>());
  if (config.name.empty() || config.directory.empty())
    return fail(ErrorCode::kInvalidArgument, "box configuration: name and directory are required");
  return config;
}

}  // namespace foehn::cloud::local
