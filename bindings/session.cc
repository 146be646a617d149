// Runs graphs of TensorFlow without tensors of tfjs-node's on the way: predictions from typed arrays to typed arrays in one call, and training
// step after step on tensors that stay with TensorFlow, in the thread that asks or beside it.
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <node_api.h>
#include <string>
#include <tensorflow/c/c_api.h>
#include <vector>

namespace {

// TensorFlow does not write to a tensor that somebody holds, so any number may hold the same.
using Tensor = std::shared_ptr<TF_Tensor>;

// A tensor that JavaScript holds; another may take its place.
struct Held {
  Tensor value;
};

// What JavaScript holds, by number: it lets go of each itself. Objects would wait for a turn of the event loop to be collected, which a program may never give.
struct Table {
  std::vector<std::shared_ptr<Held>> all;
  std::vector<int32_t> unused;
};

// Steps that are asked for.
struct Job {
  std::vector<int32_t> order;
  // Rows of a step, and steps that a run of the session has room for.
  size_t rows, room;
  // For the inputs after those of the order.
  std::vector<std::shared_ptr<Held>> helds;
  std::vector<Tensor> values;
  // The place among them that each output goes to; none if nothing is to be kept.
  std::vector<int32_t> places;
  std::string problem;
};

struct Session {
  TF_Graph *graph = TF_NewGraph();
  TF_Session *session = nullptr;
  TF_Status *status = TF_NewStatus();
  std::vector<TF_Output> inputs, outputs;
  // The inputs' tensors of predictions stay from run to run.
  std::vector<TF_Tensor *> values, results;
  std::vector<napi_value> arguments;
  // Steps on another thread, until what they came to is taken over.
  std::shared_ptr<Job> job;
  std::mutex mutex;
  std::condition_variable ended;
  bool running = false;

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

napi_value give(napi_env env, std::shared_ptr<Session> session) {
  napi_value answer;
  napi_create_external(env, new std::shared_ptr<Session>(std::move(session)), [](napi_env, void *data, void *) { delete static_cast<std::shared_ptr<Session> *>(data); }, nullptr, &answer);
  return answer;
}

// What open gave; null for anything else.
std::shared_ptr<Session> sessionOf(napi_env env, napi_value value) {
  void *data = nullptr;
  return napi_get_value_external(env, value, &data) == napi_ok ? *static_cast<std::shared_ptr<Session> *>(data) : nullptr;
}

Table &tableOf(napi_env env) {
  void *table;
  napi_get_instance_data(env, &table);
  return *static_cast<Table *>(table);
}

// What hold gave; null for anything else.
std::shared_ptr<Held> heldOf(const Table &table, int32_t number) { return number >= 0 && static_cast<size_t>(number) < table.all.size() ? table.all[number] : nullptr; }

std::shared_ptr<Held> heldOf(napi_env env, napi_value value) {
  int32_t number;
  return napi_get_value_int32(env, value, &number) == napi_ok ? heldOf(tableOf(env), number) : nullptr;
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
  const bool wide = type == napi_float32_array || type == napi_int32_array || type == napi_uint32_array;
  return {length * (wide ? 4 : 1), at};
}

std::vector<int32_t> integers(const Numbers &from) {
  const auto *first = static_cast<const int32_t *>(from.at);
  return std::vector<int32_t>(first, first + from.bytes / 4);
}

bool find(Session &of, const std::string &name, int index, std::vector<TF_Output> &into) {
  TF_Operation *operation = TF_GraphOperationByName(of.graph, name.c_str());
  if (operation) into.push_back({operation, index});
  return operation != nullptr;
}

// Sizes of a tensor's axes, as far as they can be told without computing; false if they cannot.
bool shapeOf(Session &of, const TF_Output &input, std::vector<int64_t> &shape) {
  const int axes = TF_GraphGetTensorNumDims(of.graph, input, of.status);
  if (!of.fine() || axes < 0) return false;
  shape.resize(axes);
  TF_GraphGetTensorShape(of.graph, input, shape.data(), axes, of.status);
  if (!of.fine()) return false;
  for (const int64_t size : shape) {
    if (size < 0) return false;
  }
  return true;
}

bool allocateInputs(Session &of) {
  for (const TF_Output &input : of.inputs) {
    std::vector<int64_t> shape;
    if (!shapeOf(of, input, shape)) return false;
    const TF_DataType type = TF_OperationOutputType(input);
    size_t bytes = TF_DataTypeSize(type);
    for (const int64_t size : shape) bytes *= size;
    of.values.push_back(TF_AllocateTensor(type, shape.data(), shape.size(), bytes));
  }
  return true;
}

bool load(Session &into, const Numbers &graph) {
  TF_Buffer *definition = TF_NewBufferFromString(graph.at, graph.bytes);
  TF_ImportGraphDefOptions *how = TF_NewImportGraphDefOptions();
  TF_GraphImportGraphDef(into.graph, definition, how, into.status);
  TF_DeleteImportGraphDefOptions(how);
  TF_DeleteBuffer(definition);
  return into.fine();
}

// infer(graph: GraphDef): of each output of the node `call` the type, the number of its axes, and their sizes; undefined if only computing tells them.
napi_value infer(napi_env env, napi_callback_info info) {
  size_t one = 1;
  napi_value first, buffer, answer;
  napi_get_cb_info(env, info, &one, &first, nullptr, nullptr);
  const Numbers graph = numbers(env, first);
  if (!graph.at) return fail(env, "infer takes a graph");
  Session with;
  if (!load(with, graph)) return fail(env, TF_Message(with.status));
  TF_Operation *call = TF_GraphOperationByName(with.graph, "call");
  if (!call) return fail(env, "the graph lacks its call");
  std::vector<int32_t> found;
  std::vector<int64_t> shape;
  for (int i = 0; i < TF_OperationNumOutputs(call); i++) {
    if (!shapeOf(with, {call, i}, shape)) return nullptr;
    found.push_back(TF_OperationOutputType({call, i}));
    found.push_back(shape.size());
    found.insert(found.end(), shape.begin(), shape.end());
  }
  void *at;
  napi_create_arraybuffer(env, found.size() * 4, &at, &buffer);
  if (!found.empty()) std::memcpy(at, found.data(), found.size() * 4);
  napi_create_typedarray(env, napi_int32_array, found.size(), buffer, 0, &answer);
  return answer;
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
  const auto opened = std::make_shared<Session>();
  if (!load(*opened, graph)) return fail(env, TF_Message(opened->status));
  TF_SessionOptions *options = TF_NewSessionOptions();
  TF_SetConfig(options, config.at, config.bytes, opened->status);
  if (opened->fine()) opened->session = TF_NewSession(opened->graph, options, opened->status);
  TF_DeleteSessionOptions(options);
  if (!opened->fine()) return fail(env, TF_Message(opened->status));
  for (int i = 0; i < inputs; i++) {
    if (!find(*opened, "x" + std::to_string(i), 0, opened->inputs)) return fail(env, "the graph lacks an input");
  }
  for (int i = 0; i < outputs; i++) {
    if (!find(*opened, "call", i, opened->outputs)) return fail(env, "the graph lacks its call");
  }
  opened->results.resize(outputs);
  opened->arguments.resize(1 + inputs + outputs);
  return give(env, opened);
}

// run(session, ...inputs, ...outputs): false if an output is not of the size of the array for it.
napi_value runSession(napi_env env, napi_callback_info info) {
  size_t one = 1;
  napi_value first;
  void *data = nullptr;
  napi_get_cb_info(env, info, &one, &first, nullptr, nullptr);
  if (napi_get_value_external(env, first, &data) != napi_ok) return fail(env, "run takes an open session");
  Session &in = **static_cast<std::shared_ptr<Session> *>(data);
  if (!in.session) return fail(env, "run takes an open session");
  if (in.values.empty() && !allocateInputs(in)) return fail(env, "an input has no fixed shape");
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

// hold(): the number of a tensor that is none yet.
napi_value hold(napi_env env, napi_callback_info) {
  auto &[all, unused] = tableOf(env);
  int32_t number;
  if (unused.empty()) {
    number = all.size();
    all.emplace_back();
  } else {
    number = unused.back();
    unused.pop_back();
  }
  all[number] = std::make_shared<Held>();
  napi_value answer;
  napi_create_int32(env, number, &answer);
  return answer;
}

// fill(held, type: number, shape: Int32Array, numbers)
napi_value fill(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value given[4];
  int32_t type;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  const auto held = heldOf(env, given[0]);
  const Numbers axes = numbers(env, given[2]), from = numbers(env, given[3]);
  if (!held || napi_get_value_int32(env, given[1], &type) != napi_ok) return fail(env, "fill takes what hold gave, a type, a shape and numbers");
  const std::vector<int32_t> sizes = integers(axes);
  const std::vector<int64_t> shape(sizes.begin(), sizes.end());
  held->value = Tensor(TF_AllocateTensor(static_cast<TF_DataType>(type), shape.data(), shape.size(), from.bytes), TF_DeleteTensor);
  if (from.bytes) std::memcpy(TF_TensorData(held->value.get()), from.at, from.bytes);
  return nullptr;
}

// read(held, into): false if there is no tensor of that size.
napi_value read(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value given[2], answer;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  const auto held = heldOf(env, given[0]);
  const Numbers into = numbers(env, given[1]);
  const bool fits = held && held->value && into.bytes == TF_TensorByteSize(held->value.get());
  if (fits && into.bytes) std::memcpy(into.at, TF_TensorData(held->value.get()), into.bytes);
  napi_get_boolean(env, fits, &answer);
  return answer;
}

// adopt(held, other): the same tensor for both.
napi_value adopt(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value given[2];
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  const auto held = heldOf(env, given[0]), other = heldOf(env, given[1]);
  if (!held || !other) return fail(env, "adopt takes two tensors that hold gave");
  held->value = other->value;
  return nullptr;
}

// drop(held): lets go of it; its number may be another's from now on.
napi_value drop(napi_env env, napi_callback_info info) {
  size_t one = 1;
  napi_value first;
  int32_t number;
  napi_get_cb_info(env, info, &one, &first, nullptr, nullptr);
  Table &table = tableOf(env);
  if (napi_get_value_int32(env, first, &number) != napi_ok || !heldOf(table, number)) return fail(env, "drop takes what hold gave");
  table.all[number].reset();
  table.unused.push_back(number);
  return nullptr;
}

// How many inputs tell of the order: where a run is one step, its rows, else how many steps it is to make, and rows for as many as it has room for.
size_t ordering(const Job &job) { return job.room > 1 ? 2 : 1; }

// Run after run: what one puts out is what the next takes.
void walk(Session &in, Job &job) {
  const std::unique_ptr<TF_Status, decltype(&TF_DeleteStatus)> status(TF_NewStatus(), TF_DeleteStatus);
  const int64_t shape[] = {static_cast<int64_t>(job.room), static_cast<int64_t>(job.rows)};
  const size_t first = ordering(job), most = job.room * job.rows;
  const Tensor steps(TF_AllocateTensor(TF_INT32, nullptr, 0, 4), TF_DeleteTensor);
  const Tensor order(TF_AllocateTensor(TF_INT32, shape + 2 - first, first, 4 * most), TF_DeleteTensor);
  std::vector<TF_Tensor *> given(in.inputs.size()), results(in.outputs.size());
  given[0] = steps.get();
  given[first - 1] = order.get();
  std::memset(TF_TensorData(order.get()), 0, 4 * most);
  for (size_t at = 0; at < job.order.size(); at += most) {
    const size_t count = std::min(most, job.order.size() - at);
    *static_cast<int32_t *>(TF_TensorData(steps.get())) = count / job.rows;
    std::memcpy(TF_TensorData(order.get()), &job.order[at], 4 * count);
    for (size_t i = 0; i < job.values.size(); i++) given[first + i] = job.values[i].get();
    TF_SessionRun(in.session, nullptr, in.inputs.data(), given.data(), given.size(), in.outputs.data(), results.data(), results.size(), nullptr, 0, nullptr, status.get());
    if (TF_GetCode(status.get()) != TF_OK) {
      job.problem = TF_Message(status.get());
      return;
    }
    for (size_t i = 0; i < results.size(); i++) {
      const Tensor result(results[i], TF_DeleteTensor);
      if (!job.places.empty()) job.values[job.places[i]] = result;
    }
  }
}

void takeOver(Job &job) {
  for (const int32_t place : job.places) job.helds[place]->value = job.values[place];
}

// The arguments of train and start; null, and an error thrown, if they are wrong.
std::shared_ptr<Job> readJob(napi_env env, napi_callback_info info, std::shared_ptr<Session> &in) {
  size_t count = 6;
  napi_value given[6];
  int32_t rows = 0, room = 0;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  in = sessionOf(env, given[0]);
  const Numbers order = numbers(env, given[1]), places = numbers(env, given[5]);
  napi_get_value_int32(env, given[2], &rows);
  napi_get_value_int32(env, given[3], &room);
  const std::vector<int32_t> helds = integers(numbers(env, given[4]));
  const auto job = std::make_shared<Job>();
  job->order = integers(order);
  job->rows = rows;
  job->room = room;
  job->places = integers(places);
  bool fits = in && in->session && !in->job && rows > 0 && room > 0 && job->order.size() % job->rows == 0 && helds.size() + ordering(*job) == in->inputs.size();
  fits = fits && (job->places.empty() || job->places.size() == in->outputs.size());
  for (const int32_t place : job->places) fits = fits && place >= 0 && static_cast<size_t>(place) < helds.size();
  for (const int32_t number : helds) {
    const auto held = heldOf(tableOf(env), number);
    fits = fits && held && held->value;
    if (!fits) break;
    job->helds.push_back(held);
    job->values.push_back(held->value);
  }
  if (fits) return job;
  fail(env, "training takes an open session that is not at work, an order of whole batches, their size, how many it has room for, a filled tensor for each further input, and a place for each output or for none");
  return nullptr;
}

// train(session, order: Int32Array, rows a step, steps a run, Int32Array of tensors for the inputs after those of the order, places: Int32Array): the outputs become the tensors at their
// places. If a run fails, these are as after the one before.
napi_value train(napi_env env, napi_callback_info info) {
  std::shared_ptr<Session> in;
  const auto job = readJob(env, info, in);
  if (!job) return nullptr;
  walk(*in, *job);
  takeOver(*job);
  return job->problem.empty() ? nullptr : fail(env, job->problem);
}

// Waits for steps on the other thread, and takes over what they came to. What went wrong with them, if anything.
std::string settle(Session &in) {
  if (!in.job) return "";
  std::unique_lock<std::mutex> lock(in.mutex);
  in.ended.wait(lock, [&] { return !in.running; });
  const auto job = std::move(in.job);
  takeOver(*job);
  return job->problem;
}

// start(…): train on another thread. A promise that resolves when that is done; `finish`, then or before, takes over what it came to.
napi_value start(napi_env env, napi_callback_info info) {
  struct Beside {
    std::shared_ptr<Session> in;
    std::shared_ptr<Job> job;
    napi_async_work work;
    napi_deferred promise;
  };
  auto beside = std::make_unique<Beside>();
  beside->job = readJob(env, info, beside->in);
  if (!beside->job) return nullptr;
  napi_value name, promise;
  napi_create_promise(env, &beside->promise, &promise);
  napi_create_string_utf8(env, "ibex", NAPI_AUTO_LENGTH, &name);
  beside->in->job = beside->job;
  beside->in->running = true;
  napi_create_async_work(
      env, nullptr, name,
      [](napi_env, void *data) {
        Session &in = *static_cast<Beside *>(data)->in;
        walk(in, *static_cast<Beside *>(data)->job);
        const std::lock_guard<std::mutex> lock(in.mutex);
        in.running = false;
        in.ended.notify_all();
      },
      [](napi_env env, napi_status, void *data) {
        const std::unique_ptr<Beside> beside(static_cast<Beside *>(data));
        napi_value nothing;
        napi_get_undefined(env, &nothing);
        napi_resolve_deferred(env, beside->promise, nothing);
        napi_delete_async_work(env, beside->work);
      },
      beside.get(), &beside->work);
  napi_queue_async_work(env, beside.release()->work);
  return promise;
}

// finish(session): waits for what was started.
napi_value finish(napi_env env, napi_callback_info info) {
  size_t one = 1;
  napi_value first;
  napi_get_cb_info(env, info, &one, &first, nullptr, nullptr);
  const auto in = sessionOf(env, first);
  const std::string problem = in ? settle(*in) : "finish takes a session";
  return problem.empty() ? nullptr : fail(env, problem);
}

napi_value closeSession(napi_env env, napi_callback_info info) {
  size_t one = 1;
  napi_value first;
  napi_get_cb_info(env, info, &one, &first, nullptr, nullptr);
  if (const auto in = sessionOf(env, first)) {
    settle(*in);
    in->close();
  }
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_set_instance_data(env, new Table(), [](napi_env, void *data, void *) { delete static_cast<Table *>(data); }, nullptr);
  const struct { const char *name; napi_callback call; } functions[] = {
      {"infer", infer}, {"open", openSession}, {"run", runSession}, {"hold", hold}, {"fill", fill}, {"read", read}, {"adopt", adopt}, {"drop", drop},
      {"train", train}, {"start", start}, {"finish", finish}, {"close", closeSession},
  };
  for (const auto &each : functions) {
    napi_value function;
    napi_create_function(env, each.name, NAPI_AUTO_LENGTH, each.call, nullptr, &function);
    napi_set_named_property(env, exports, each.name, function);
  }
  return exports;
}
