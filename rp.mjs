const U=process.argv[2], act=process.argv[3], order=JSON.parse(process.argv[4] ?? '{"selection":{"reason":["too_late"]},"rate":3}');
const get=async p=>(await fetch(U+p)).json();
const token=(await get('/api/session')).token;
const post=async(p,b)=>{const r=await fetch(U+p,{method:'POST',headers:{'content-type':'application/json','x-streamlab-token':token},body:JSON.stringify(b)}); return [r.status, await r.json()]};
const sleep=ms=>new Promise(r=>setTimeout(r,ms));
let [s,d]=await post('/api/replays/dry-run',order); console.log(s,d.id,d.command,d.error??'');
while((d=await get('/api/replays/task?id='+d.id)).state==='running') await sleep(200);
console.log(d.state,d.question,JSON.stringify(d.failure), d.result&&d.result.replayed, JSON.stringify(d.result).length);
if (act==='dry') process.exit();
let [s2,r]=await post('/api/replays/confirm',{id:d.id}); console.log(s2,r.id);
for(;;){ r=await get('/api/replays/task?id='+r.id); if(r.state!=='running'||/^Replaying/.test(r.progress?.title??'')) break; await sleep(100);} 
await sleep(3000);
r=await get('/api/replays/task?id='+r.id); console.log('progress',JSON.stringify(r.progress), r.state);
if (act==='leave') process.exit();
console.log(await (async()=>{const [a,b]=await post('/api/replays/stop',{id:r.id}); return a+' '+b.state})());
const t=Date.now(); while((r=await get('/api/replays/task?id='+r.id)).state==='running') await sleep(100);
console.log('after',Date.now()-t,'ms',r.state,JSON.stringify(r.failure),r.result&&[r.result.replayed,r.result.interrupted]);
