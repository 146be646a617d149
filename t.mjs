const t0=performance.now();
const {tf}=await import('./dist/src/core/tensor.js'); const t1=performance.now();
await import('@tensorflow/tfjs-backend-wasm'); const t2=performance.now();
await tf.setBackend('wasm'); const t3=performance.now();
console.log(t1-t0,t2-t1,t3-t2, tf.getBackend());
const g=tf.grads((a,b)=>a.matMul(b).tanh().mean()); console.log(g([tf.ones([2,3]),tf.ones([3,2])]).map(x=>x.shape));
tf.softmax(tf.ones([2,2])).print();
