/** Why a warehouse is not opened; catalogued under its own name. */
export class WarehouseRefusal extends Error {
  readonly code: 'warehouse_newer' | 'warehouse_of_another_home' | 'warehouse_address_wrong'
  readonly detail: Record<string, unknown>

  constructor(code: WarehouseRefusal['code'], detail: Record<string, unknown>) {
    super(code)
    this.name = 'WarehouseRefusal'
    this.code = code
    this.detail = detail
  }
}
