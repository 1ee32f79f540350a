// The app of the stacks under Node: both ways in which it shows a request's headers.
import http from 'node:http'
import { Readable } from 'node:stream'

const ETAG = '"v1"'
const SIZE = 8 << 20

const views = {
  '/headers'(request, response) {
    const raw = request.rawHeaders
    const pairs = raw.flatMap((name, at) => (at % 2 ? [] : [[name, raw[at + 1]]]))
    const port = String(request.socket.remotePort)
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ pairs, merged: request.headers, port }))
  },
  async '/echo'(request, response) {
    const parts = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts)
    response.writeHead(200, { 'Content-Type': 'text/css', 'Content-Length': body.length })
    response.end(body)
  },
  '/stream'(request, response) {
    response.setHeader('Content-Type', 'text/css')
    const numbers = Array.from({ length: 1000 }, (_, number) => String(number).padStart(4, '0'))
    Readable.from(numbers).pipe(response)
  },
  '/large'(request, response) {
    response.writeHead(200, { 'Content-Type': 'text/css', 'Content-Length': SIZE })
    response.end(request.method === 'HEAD' ? undefined : Buffer.alloc(SIZE, 'x'))
  },
  '/redirect'(request, response) {
    response.writeHead(302, { Location: `http://${request.headers.host}/next` }).end()
  },
  '/cookie'(request, response) {
    response.setHeader('Set-Cookie', ['sid=of-subject; Path=/; HttpOnly', 'b=2; Path=/; HttpOnly'])
    response.end('ok')
  },
  '/empty'(request, response) {
    response.writeHead(204).end()
  },
  '/cached'(request, response) {
    if (request.headers['if-none-match'] === ETAG) {
      response.writeHead(304, { ETag: ETAG }).end()
    } else {
      response.writeHead(200, { ETag: ETAG, 'Content-Type': 'text/css' }).end('fresh')
    }
  },
  '/error'(request, response) {
    response.writeHead(500, { 'Content-Type': 'text/html' })
    response.end('<!doctype html><title>Oops</title><h1>Oops</h1>')
  },
}

http
  .createServer((request, response) => views[request.url](request, response))
  .listen({ fd: Number(process.argv[2]) })
