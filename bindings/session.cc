// Runs graphs of TensorFlow on JavaScript's own numbers: one call from typed arrays to typed arrays, without tensors of tfjs-node's on the way.
#include <cstring>
#include <node_api.h>
#include <string>
#include <tensorflow/c/c_api.h>
#include <vector>

namespace {

struct Session {
  TF_Graph *graph = TF_NewGraph();
  TF_Session *session = nullptr;
  TF_Status *status = TF_NewStatus();
  std::vector<TF_Output> inputs, outputs;
  // The inputs' tensors stay from run to run: TensorFlow does not write to a tensor that somebody else holds.
  std::vector<TF_Tensor *> values, results;
  std::vector<napi_value> arguments;

  bool fine() const { return TF_GetCode(status) == TF_OK; }

  // TensorFlow's graph goes with the session that was made of it.
  void close() {
    for (TF_Tensor *value : values) TF_DeleteTensor(value);
    values.clear();
    if (session) TF_DeleteSession(session, status);
    session = nullptr;
    if (graph) TF_DeleteGraph(graph);
    graph = nullptr;
  }

  ~Session() {
    close();
    TF_DeleteStatus(status);
  }
};

napi_value fail(napi_env env, const std::string &words) {
  napi_throw_error(env, nullptr, words.c_str());
  return nullptr;
}

struct Numbers {
  size_t bytes;
  void *at;
};

// What a typed array holds; a null pointer for what is none.
Numbers numbers(napi_env env, napi_value value) {
  napi_typedarray_type type;
  size_t length;
  void *at = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &at, nullptr, nullptr) != napi_ok) return {0, nullptr};
  const bool wide = type == napi_float32_array || type == napi_int32_array;
  return {length * (wide ? 4 : 1), at};
}

bool find(Session &of, const std::string &name, int index, std::vector<TF_Output> &into) {
  TF_Operation *operation = TF_GraphOperationByName(of.graph, name.c_str());
  if (operation) into.push_back({operation, index});
  return operation != nullptr;
}

bool allocateInputs(Session &of) {
  for (const TF_Output &input : of.inputs) {
    const int axes = TF_GraphGetTensorNumDims(of.graph, input, of.status);
    if (!of.fine() || axes < 0) return false;
    std::vector<int64_t> shape(axes);
    TF_GraphGetTensorShape(of.graph, input, shape.data(), axes, of.status);
    if (!of.fine()) return false;
    const TF_DataType type = TF_OperationOutputType(input);
    size_t bytes = TF_DataTypeSize(type);
    for (const int64_t size : shape) {
      if (size < 0) return false;
      bytes *= size;
    }
    of.values.push_back(TF_AllocateTensor(type, shape.data(), axes, bytes));
  }
  return true;
}

// open(graph: GraphDef, config: ConfigProto, inputs: number, outputs: number). Inputs are placeholders of known shapes, `x0`, `x1` …; outputs those of the node `call`.
napi_value openSession(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value given[4];
  int32_t inputs, outputs;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  const Numbers graph = numbers(env, given[0]), config = numbers(env, given[1]);
  if (!graph.at || !config.at || napi_get_value_int32(env, given[2], &inputs) != napi_ok || napi_get_value_int32(env, given[3], &outputs) != napi_ok) {
    return fail(env, "open takes a graph, a configuration, and two numbers");
  }
  auto *opened = new Session();
  const auto refuse = [&](const std::string &words) {
    delete opened;
    return fail(env, words);
  };
  TF_Buffer *definition = TF_NewBufferFromString(graph.at, graph.bytes);
  TF_ImportGraphDefOptions *how = TF_NewImportGraphDefOptions();
  TF_GraphImportGraphDef(opened->graph, definition, how, opened->status);
  TF_DeleteImportGraphDefOptions(how);
  TF_DeleteBuffer(definition);
  if (!opened->fine()) return refuse(TF_Message(opened->status));
  TF_SessionOptions *options = TF_NewSessionOptions();
  TF_SetConfig(options, config.at, config.bytes, opened->status);
  if (opened->fine()) opened->session = TF_NewSession(opened->graph, options, opened->status);
  TF_DeleteSessionOptions(options);
  if (!opened->fine()) return refuse(TF_Message(opened->status));
  for (int i = 0; i < inputs; i++) {
    if (!find(*opened, "x" + std::to_string(i), 0, opened->inputs)) return refuse("the graph lacks an input");
  }
  for (int i = 0; i < outputs; i++) {
    if (!find(*opened, "call", i, opened->outputs)) return refuse("the graph lacks its call");
  }
  if (!allocateInputs(*opened)) return refuse("an input has no fixed shape");
  opened->results.resize(outputs);
  opened->arguments.resize(1 + inputs + outputs);
  napi_value external;
  napi_create_external(env, opened, [](napi_env, void *data, void *) { delete static_cast<Session *>(data); }, nullptr, &external);
  return external;
}

// run(session, ...inputs, ...outputs): false if an output is not of the size of the array for it.
napi_value runSession(napi_env env, napi_callback_info info) {
  size_t one = 1;
  napi_value first;
  void *data = nullptr;
  napi_get_cb_info(env, info, &one, &first, nullptr, nullptr);
  if (napi_get_value_external(env, first, &data) != napi_ok || !static_cast<Session *>(data)->session) return fail(env, "run takes an open session");
  Session &in = *static_cast<Session *>(data);
  size_t count = in.arguments.size();
  napi_get_cb_info(env, info, &count, in.arguments.data(), nullptr, nullptr);
  const size_t inputs = in.inputs.size(), outputs = in.outputs.size();
  for (size_t i = 0; i < inputs; i++) {
    const Numbers from = numbers(env, in.arguments[1 + i]);
    if (from.bytes != TF_TensorByteSize(in.values[i])) return fail(env, "an input is not of the size that the graph was made for");
    if (from.bytes) std::memcpy(TF_TensorData(in.values[i]), from.at, from.bytes);
  }
  TF_SessionRun(in.session, nullptr, in.inputs.data(), in.values.data(), inputs, in.outputs.data(), in.results.data(), outputs, nullptr, 0, nullptr, in.status);
  if (!in.fine()) return fail(env, TF_Message(in.status));
  bool fits = true;
  for (size_t i = 0; i < outputs; i++) {
    const Numbers into = numbers(env, in.arguments[1 + inputs + i]);
    if (into.bytes != TF_TensorByteSize(in.results[i])) fits = false;
    else if (into.bytes) std::memcpy(into.at, TF_TensorData(in.results[i]), into.bytes);
    TF_DeleteTensor(in.results[i]);
  }
  napi_value answer;
  napi_get_boolean(env, fits, &answer);
  return answer;
}

napi_value closeSession(napi_env env, napi_callback_info info) {
  size_t one = 1;
  napi_value first;
  void *data = nullptr;
  napi_get_cb_info(env, info, &one, &first, nullptr, nullptr);
  if (napi_get_value_external(env, first, &data) == napi_ok) static_cast<Session *>(data)->close();
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const struct { const char *name; napi_callback call; } functions[] = {{"open", openSession}, {"run", runSession}, {"close", closeSession}};
  for (const auto &each : functions) {
    napi_value function;
    napi_create_function(env, each.name, NAPI_AUTO_LENGTH, each.call, nullptr, &function);
    napi_set_named_property(env, exports, each.name, function);
  }
  return exports;
}
